/**
 * Runs a program of this repository on the pinned Node, whatever `node` is on the PATH and whether or not anything is
 * installed yet: `node scripts/bootstrap.mjs <file> [arguments]`. Plain JavaScript without dependencies, for Node 18 and up.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDashboard } from './bootstrap/dashboard.mjs'
import { ensureInstalled } from './bootstrap/installation.mjs'
import { ensurePinnedNode } from './bootstrap/pinned-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Programs that serve the dashboard or open it in a browser. */
const NEEDS_DASHBOARD = new Set(['examples/host/src/main.ts', 'scripts/test.ts', 'scripts/screenshots.ts'])

const [file, ...programArguments] = process.argv.slice(2)
if (file === undefined) {
  console.error('Failed to start: no program was named. Use "node scripts/bootstrap.mjs <file> [arguments]".')
  process.exit(2)
}

try {
  ensureInstalled(root)
  const node = ensurePinnedNode(root)
  if (NEEDS_DASHBOARD.has(file)) ensureDashboard(root, node)
  runOn(node)
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}

function runOn(node) {
  // The tools that this program starts ask the PATH for `node`, and must find the same one.
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const program = spawn(node, ['--conditions=@millrace/source', join(root, file), ...programArguments], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to every process in front of it; passing it on as well would look like a second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) program.kill(signal)
    })
  }
  program.on('error', (error) => {
    console.error(`Failed to run ${file}: ${error.message}. Remove node_modules and try again.`)
    process.exit(1)
  })
  program.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
