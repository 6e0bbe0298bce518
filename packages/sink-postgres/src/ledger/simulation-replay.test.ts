import { simulateSeed } from '@millrace/core/testing'
import { expect, test } from 'vitest'
import { simulatedPostgres } from '../testing/simulated-postgres.ts'

test('a seed tells the same story every time, down to each statement', { timeout: 300_000 }, async () => {
  const stores = simulatedPostgres()
  const story = async (seed: number): Promise<readonly string[]> => {
    const lines: string[] = []
    await simulateSeed(seed, { stores, size: 'small', trace: (line) => lines.push(line) })
    return lines
  }
  const first = await story(7)
  const other = await story(8)
  expect(await story(7)).toEqual(first)
  expect(await story(8)).toEqual(other)
  await stores.close()
})
