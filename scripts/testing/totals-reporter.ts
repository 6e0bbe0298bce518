import type { Reporter, TestModule } from 'vitest/node'

/** Closes a run with one plain line, "N passed, N failed", for whoever reads logs by machine. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    console.log(`\n${describeTotals(modules.map(stateOf), unhandledErrors.length)}`)
  }
}

/** How one file of tests ended. */
export type ModuleState = {
  readonly failed: boolean
  readonly tests: readonly ('passed' | 'failed' | 'skipped' | 'pending')[]
}

/** A file that failed without a failing test (it could not be loaded, a hook threw) counts as one, and so does a stray error. */
export function describeTotals(modules: readonly ModuleState[], strayErrors: number): string {
  const tests = modules.flatMap((module) => module.tests)
  const count = (...states: readonly string[]): number => tests.filter((state) => states.includes(state)).length
  const brokenModules = modules.filter((module) => module.failed && !module.tests.includes('failed')).length
  const skipped = count('skipped', 'pending')
  const failed = count('failed') + brokenModules + strayErrors
  return `${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function stateOf(module: TestModule): ModuleState {
  return {
    failed: module.state() === 'failed',
    tests: Array.from(module.children.allTests(), (test) => test.result().state),
  }
}
