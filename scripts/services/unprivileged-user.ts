import { spawnSync } from 'node:child_process'

export type UnprivilegedUser = { readonly uid: number; readonly gid: number }

/**
 * Servers refuse to run as root, or should. The first of these users that exists; undefined where we are not root, or where
 * there is none of them.
 */
export function unprivilegedUser(...names: readonly string[]): UnprivilegedUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of [...names, 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  return undefined
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout.trim()) : undefined
}
