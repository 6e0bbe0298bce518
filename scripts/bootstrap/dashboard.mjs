import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './one-at-a-time.mjs'

const FOLDER = join('examples', 'host', 'dashboard')
/** What the dashboard is made of, besides the folder itself. */
const INGREDIENTS = [join('examples', 'host', 'src', 'api', 'contract'), 'package-lock.json']
const MADE = /[\\/](dist|node_modules)[\\/]/

/** Builds the dashboard, unless what lies there was made from exactly these sources. */
export function ensureDashboard(root, node) {
  const sources = hashOf(root)
  if (isBuilt(root, sources)) return
  oneAtATime(root, () => {
    if (!isBuilt(root, sources)) build(root, node, sources)
  })
}

function isBuilt(root, sources) {
  const mark = markOf(root)
  return existsSync(mark) && readFileSync(mark, 'utf8') === sources
}

function build(root, node, sources) {
  console.error('Building the dashboard. This takes a few seconds.')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const { status } = spawnSync(node, [vite, 'build', '--logLevel', 'error', join(root, FOLDER)], {
    cwd: join(root, FOLDER),
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    throw new Error(
      `Failed to build the dashboard: vite ended with ${status ?? 'a signal'}. Mend what its message above names.`,
    )
  }
  writeFileSync(markOf(root), sources)
}

/** The file that says of which sources the dashboard beside it was made. */
function markOf(root) {
  return join(root, FOLDER, 'dist', '.sources')
}

function hashOf(root) {
  const hash = createHash('sha256')
  for (const file of [FOLDER, ...INGREDIENTS].flatMap((path) => filesOf(root, path))) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesOf(root, path) {
  if (path.endsWith('.json')) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .filter((file) => !MADE.test(file))
    .sort()
}
