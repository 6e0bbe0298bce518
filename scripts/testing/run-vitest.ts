import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { repositoryRoot } from '../repository/root.ts'

/** What we read of vitest's JSON report. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

export type TestTotals = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Runs vitest once, for people on the terminal and for us in a file; `totals` is one plain line. */
export async function runVitest(
  vitestArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; totals: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'))
  const reportFile = join(folder, 'report.json')
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs')
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
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
    const totals = await readFile(reportFile, 'utf8').then(countTests, () => ({ passed: 0, failed: 0, skipped: 0 }))
    return { exitCode, totals: describeTotals(totals, exitCode) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file that could not be read as tests counts as one failure. */
export function countTests(report: string): TestTotals {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = reportSchema.parse(
    JSON.parse(report),
  )
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    passed: numPassedTests,
    failed: numFailedTests + brokenFiles.length,
    skipped: numPendingTests + numTodoTests,
  }
}

/** A run that failed outside of any test (an unhandled rejection, a broken set-up) must not read as if all were well. */
export function describeTotals({ passed, failed, skipped }: TestTotals, exitCode: number): string {
  const failures = exitCode === 0 ? failed : Math.max(failed, 1)
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
