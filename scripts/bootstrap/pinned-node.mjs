import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runNpm } from './installation.mjs'
import { oneAtATime } from './one-at-a-time.mjs'

/**
 * The path of the Node this repository is pinned to. The npm package `node` fetches its binary in an install script; where
 * scripts are blocked (`ignore-scripts`, an npm that wants approval), the package for this platform is installed here instead.
 */
export function ensurePinnedNode(root) {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node
  const binary = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (versionOf(binary) === version) return binary
  if (process.versions.node === version) return process.execPath

  oneAtATime(root, () => {
    if (versionOf(binary) === version) return
    console.error(
      `Installing Node ${version} for this repository, because npm did not run the install script of "node".`,
    )
    installBinary(root, version, binary)
  })
  if (versionOf(binary) === version) return binary
  if (majorOf(process.versions.node) >= majorOf(version)) return process.execPath
  throw new Error(
    `Failed to install Node ${version}: no usable ${platformPackage()} package for this platform. ` +
      `Install Node ${majorOf(version)} or newer yourself and start again with it; this is Node ${process.versions.node}.`,
  )
}

function installBinary(root, version, binary) {
  const folder = join(root, 'node_modules', '.millrace-node')
  mkdirSync(folder, { recursive: true })
  const { status } = runNpm(root, [
    'install',
    `--prefix=${folder}`,
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `${platformPackage()}@${version}`,
  ])
  if (status !== 0) return
  const source = join(
    folder,
    'node_modules',
    platformPackage(),
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  mkdirSync(dirname(binary), { recursive: true })
  rmSync(binary, { force: true })
  try {
    linkSync(source, binary)
  } catch {
    copyFileSync(source, binary)
  }
  chmodSync(binary, 0o755)
}

function platformPackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${platform}-${process.arch}`
}

function versionOf(binary) {
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().slice(1) : undefined
}

function majorOf(version) {
  return Number.parseInt(version, 10)
}
