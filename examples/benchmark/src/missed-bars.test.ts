import { expect, test } from 'vitest'
import { missedBars, type Report } from './missed-bars.ts'

const REPORT: Report = {
  throughput: [{ 'ratio (median of pairs)': 0.6 }, { 'ratio (median of pairs)': 0.71 }],
  memory: [{ 'worker peak MB': 200 }],
  latency: [{ 'ratio of four to one': 3.5 }],
  amqp: [{ 'ratio (median of pairs)': 0.8 }],
  github: [{ 'worker peak MB': 150 }],
  service: [{ 'one client p99 ms': 50 }],
}
const EVERY_PART = ['throughput', 'memory', 'latency', 'amqp', 'github', 'service'] as const

test('a measurement that reaches its bar is silent, and each that does not is a sentence', () => {
  expect(missedBars(REPORT, EVERY_PART)).toEqual([])
  const slower: Report = {
    ...REPORT,
    throughput: [{ 'ratio (median of pairs)': 0.7 }, { 'ratio (median of pairs)': 0.59 }],
    memory: [{ 'worker peak MB': 201 }],
    amqp: [{ 'ratio (median of pairs)': Number.NaN }],
  }
  expect(missedBars(slower, EVERY_PART)).toEqual([
    'throughput: ratio (median of pairs) is 0.59, and should be at least 0.6.',
    'memory: worker peak MB is 201, and should be at most 200.',
    'amqp: ratio (median of pairs) is NaN, and should be at least 0.8.',
  ])
  expect(missedBars(slower, ['latency', 'memory'])).toHaveLength(1)
})

test('what was asked for and not measured is told, and a column that is not there is no pass', () => {
  expect(missedBars({ ...REPORT, amqp: [] }, EVERY_PART)).toEqual(['amqp was not measured.'])
  expect(missedBars({ ...REPORT, latency: [{}] }, ['latency'])).toEqual([
    'latency: ratio of four to one is undefined, and should be at least 3.5.',
  ])
})
