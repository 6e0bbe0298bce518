import { expect, test } from 'vitest'
import { createProviderBudget, type SharedPoints } from './provider-budget.ts'

const NOW = 1_000
const resetsAt = new Date(61_000)
const quota = (remaining: number, resource = '') => ({ remaining, resetsAt, resource })

/** What is shared: so many points for everybody. */
function sharedPoints(available: number) {
  let left = available
  const draws: number[] = []
  const blocks: Date[] = []
  const shared: SharedPoints = {
    block: async (until) => void blocks.push(until),
    draw: async ({ points }) => {
      const granted = Math.min(points, left)
      left -= granted
      draws.push(granted)
      return granted
    },
  }
  return { shared, draws, blocks }
}

test('nothing is drawn from a provider that names no quota', async () => {
  const { shared, draws } = sharedPoints(10)
  await createProviderBudget({ shared }).spend(NOW)
  expect(draws).toEqual([])
})

test('points are drawn in blocks, also when many requests ask for one at once', async () => {
  const { shared, draws } = sharedPoints(1_000)
  const budget = createProviderBudget({ shared })
  await budget.observe(quota(200))
  await Promise.all(Array.from({ length: 25 }, () => budget.spend(NOW)))
  expect(draws).toEqual([10, 10, 10])
})

test('whoever finds no points left waits for the next window', async () => {
  const { shared } = sharedPoints(3)
  const budget = createProviderBudget({ shared })
  await budget.observe(quota(3))
  for (let count = 0; count < 3; count += 1) {
    await budget.spend(NOW)
    expect(budget.blockedUntil()).toBe(0)
  }
  await budget.spend(NOW)
  expect(budget.blockedUntil()).toBe(resetsAt.getTime())
})

test('an answer that was the last one blocks everybody', async () => {
  const { shared, blocks } = sharedPoints(0)
  const budget = createProviderBudget({ shared })
  await budget.observe(quota(0))
  expect(budget.blockedUntil()).toBe(resetsAt.getTime())
  expect(blocks).toEqual([resetsAt])
})

test('a quota of something else does not disturb the one that is kept', async () => {
  const { shared, blocks } = sharedPoints(100)
  const budget = createProviderBudget({ shared })
  await budget.observe(quota(100, 'core'))
  await budget.observe(quota(0, 'search'))
  expect(budget.blockedUntil()).toBe(0)
  expect(blocks).toEqual([])
})

test('a shorter block does not end a longer one, and is not told to others', async () => {
  const { shared, blocks } = sharedPoints(0)
  const budget = createProviderBudget({ shared })
  await budget.block(5_000)
  await budget.block(4_000)
  expect(budget.blockedUntil()).toBe(5_000)
  expect(blocks).toEqual([new Date(5_000)])
})
