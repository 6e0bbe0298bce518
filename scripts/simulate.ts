/**
 * `npm run simulate -- --seeds 10000 [--from 1] [--ledger memory|postgres]`: lives through so many seeds and names those in
 * which a promise is broken. `-- --seed 4711` replays one of them, step by step.
 */
import { parseArgs } from 'node:util'
import { memoryStores, simulateSeed } from '@millrace/core/testing'
import { z } from 'zod'
import { simulatedPostgres } from '../packages/sink-postgres/src/testing/simulated-postgres.ts'

const whole = z.coerce.number().int().nonnegative()
const options = z.object({
  seeds: whole.default(1_000),
  from: whole.default(1),
  seed: whole.optional(),
  ledger: z.enum(['memory', 'postgres']).default('memory'),
})

const REPORT_EVERY_MS = 5_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    ledger: { type: 'string' },
  },
})
const parsed = options.safeParse(values)
if (!parsed.success) {
  console.error(`Failed to simulate: ${z.prettifyError(parsed.error)}`)
  process.exit(2)
}
const { seeds, from, seed: replayed, ledger } = parsed.data
const postgres = ledger === 'postgres' ? simulatedPostgres() : undefined
const world = { stores: postgres ?? memoryStores(), size: postgres ? 'small' : 'normal' } as const

if (replayed !== undefined) {
  const { violation, steps, runs, lives } = await simulateSeed(replayed, { ...world, trace: console.log })
  console.log(`\nSeed ${replayed}: ${steps} steps, ${runs} runs, ${lives} lives of workers.`)
  console.log(violation ? `VIOLATION of "${violation.promise}": ${violation.message}` : 'Every promise was kept.')
  process.exitCode = violation ? 1 : 0
} else {
  const failed: number[] = []
  const startedAt = performance.now()
  let reportedAt = startedAt
  let lived = 0
  const rate = (): string => `${(lived / ((performance.now() - startedAt) / 1000)).toFixed(1)} seeds per second`
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violation } = await simulateSeed(seed, world)
    lived += 1
    if (violation) {
      failed.push(seed)
      console.log(`seed ${seed}: ${violation.message}`)
    }
    if (performance.now() - reportedAt < REPORT_EVERY_MS) continue
    reportedAt = performance.now()
    console.log(`${lived} of ${seeds} seeds, ${rate()}, ${failed.length} failing`)
  }
  console.log(`${lived} seeds on the ${ledger} ledger, from ${from}: ${rate()}.`)
  const again = `npm run simulate -- --ledger ${ledger} --seed ${failed[0]}`
  console.log(
    failed.length > 0 ? `FAILING: ${failed.join(', ')}. Replay one with: ${again}` : 'Every promise was kept.',
  )
  process.exitCode = failed.length > 0 ? 1 : 0
}
await postgres?.close()
