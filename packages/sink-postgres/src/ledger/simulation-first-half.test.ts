import { expect, test } from 'vitest'
import { simulatePostgresSeeds } from '../testing/simulated-seeds.ts'

/** Two files, so that two cores share the work. */
test('250 worlds on the PostgreSQL ledger keep every promise: the first half', { timeout: 1_800_000 }, async () => {
  expect(await simulatePostgresSeeds(1, 250)).toEqual([])
})
