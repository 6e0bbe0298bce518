import { simulateSeed } from '@millrace/core/testing'
import { simulatedPostgres } from './simulated-postgres.ts'

/** For tests: lives through so many worlds on the PostgreSQL ledger, and tells which promises were broken. */
export async function simulatePostgresSeeds(from: number, count: number): Promise<readonly string[]> {
  const stores = simulatedPostgres()
  const broken: string[] = []
  const startedAt = performance.now()
  for (let seed = from; seed < from + count; seed += 1) {
    const { violation } = await simulateSeed(seed, { stores, size: 'small' })
    if (violation) broken.push(`seed ${seed}: ${violation.message}`)
  }
  const perSecond = count / ((performance.now() - startedAt) / 1000)
  process.stdout.write(`simulated ${count} seeds on PostgreSQL, ${perSecond.toFixed(1)} per second\n`)
  await stores.close()
  return broken
}
