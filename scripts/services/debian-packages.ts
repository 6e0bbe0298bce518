import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs a package where that needs no question: on Debian and its kin, as root. Says so; true when it is there afterwards. */
export function installDebianPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  console.error(`Installing ${name} with apt-get, because no such server was found.`)
  const aptGet = (...command: readonly string[]): boolean =>
    spawnSync('apt-get', ['-qq', '-o=DPkg::Lock::Timeout=120', ...command], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }).status === 0
  return aptGet('update') && aptGet('install', '-y', '--no-install-recommends', name)
}
