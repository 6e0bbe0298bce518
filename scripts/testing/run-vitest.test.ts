import { describe, expect, it } from 'vitest'
import { countTests, describeTotals } from './run-vitest.ts'

const file = (status: string, ...tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
})

describe('the closing line of a test run', () => {
  it('counts passed, failed and skipped tests', () => {
    const report = JSON.stringify({
      numPassedTests: 1,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [file('failed', 'passed', 'failed', 'skipped', 'todo')],
    })
    expect(describeTotals(countTests(report), 1)).toBe('1 passed, 1 failed, 2 skipped')
  })

  it('counts a file that could not be loaded as a failure', () => {
    const report = JSON.stringify({
      numPassedTests: 2,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [file('passed', 'passed', 'passed'), file('failed')],
    })
    expect(describeTotals(countTests(report), 1)).toBe('2 passed, 1 failed')
  })

  it('never reads as a success where vitest failed outside of any test', () => {
    expect(describeTotals({ passed: 3, failed: 0, skipped: 0 }, 1)).toBe('3 passed, 1 failed')
  })

  it('is silent about skipped tests where there are none', () => {
    expect(describeTotals({ passed: 3, failed: 0, skipped: 0 }, 0)).toBe('3 passed, 0 failed')
  })
})
