import { describe, expect, it } from 'vitest'
import { describeTotals } from './totals-reporter.ts'

describe('the closing line of a test run', () => {
  it('counts passed, failed and skipped tests', () => {
    const modules = [
      { failed: true, tests: ['passed', 'failed', 'skipped'] },
      { failed: false, tests: ['passed', 'pending'] },
    ] as const
    expect(describeTotals(modules, 0)).toBe('2 passed, 1 failed, 2 skipped')
  })

  it('counts a file that could not be loaded as a failure', () => {
    const modules = [
      { failed: false, tests: ['passed', 'passed'] },
      { failed: true, tests: [] },
    ] as const
    expect(describeTotals(modules, 0)).toBe('2 passed, 1 failed')
  })

  it('never reads as a success where an error strayed outside of any test', () => {
    expect(describeTotals([{ failed: false, tests: ['passed'] }], 1)).toBe('1 passed, 1 failed')
  })

  it('says nothing about skipped tests where there are none', () => {
    expect(describeTotals([{ failed: false, tests: ['passed'] }], 0)).toBe('1 passed, 0 failed')
  })
})
