import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from '../repository/root.ts'

/** Runs vitest once, on this Node, and resolves with its exit code. */
export function runVitest(
  vitestArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=./scripts/testing/totals-reporter.ts']
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...vitestArguments], {
      cwd: repositoryRoot,
      env: { ...process.env, ...environment },
      stdio: 'inherit',
    })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // A terminal's Ctrl-C has reached vitest already. Either way the servers are stopped once it has ended.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
      })
    }
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
