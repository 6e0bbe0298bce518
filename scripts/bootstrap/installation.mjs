import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './one-at-a-time.mjs'

/** Installs what package-lock.json asks for, unless exactly that is there already. */
export function ensureInstalled(root) {
  if (whyStale(root) === undefined) return
  oneAtATime(root, () => {
    const staleness = whyStale(root)
    if (staleness !== undefined) install(root, staleness)
  })
}

function install(root, staleness) {
  console.error(`Installing dependencies (npm ci), because ${staleness}. This takes a minute.`)
  const { status } = runNpm(root, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  if (status !== 0) {
    throw new Error(
      `Failed to install dependencies: npm ci ended with ${status ?? 'a signal'}. ` +
        'Read its message above; where package.json and package-lock.json disagree, run "npm install" and commit the lock file.',
    )
  }
}

/** Runs the npm that started us, else the one on the PATH. */
export function runNpm(folder, npmArguments) {
  const npmCli = process.env.npm_execpath
  const options = { cwd: folder, stdio: ['ignore', 2, 2] }
  return npmCli?.endsWith('.js') && existsSync(npmCli)
    ? spawnSync(process.execPath, [npmCli, ...npmArguments], options)
    : spawnSync('npm', npmArguments, { ...options, shell: process.platform === 'win32' })
}

/**
 * Compares contents, not times: a checkout gives every file a new time, and npm keeps in node_modules/.package-lock.json
 * exactly what it installed.
 */
function whyStale(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'node_modules is missing'
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {}
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.optional) continue
    const found = installed[path]
    if (found === undefined) return `${path} is not installed`
    if (found.version !== entry.version) return `${path} is ${found.version}, not ${entry.version}`
  }
  return undefined
}

function readPackages(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : undefined
}
