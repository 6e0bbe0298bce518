/**
 * `npm run crash -- --runs 50 [--seed S] [--stale-after SECONDS]`: kills workers, schedulers, PostgreSQL and RabbitMQ at random
 * points of runs, in servers and processes of its own. Prints a line per run and a summary as JSON; ends with 1 when a run
 * did not end as one that nothing disturbed, or anything else was not as promised.
 */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { runCampaign } from './crash/campaign.ts'
import { findPostgresFolder } from './services/private-postgres.ts'
import { findRabbitmqFolder } from './services/private-rabbitmq.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, 'stale-after': { type: 'string' } },
})
const {
  runs,
  seed,
  'stale-after': staleAfterSeconds,
} = z
  .object({
    runs: z.coerce.number().int().min(1).default(50),
    seed: z.coerce.number().int().min(0).default(1),
    'stale-after': z.coerce.number().int().min(1).max(60).default(4),
  })
  .parse(values)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

const [postgres, rabbitmq] = [findPostgresFolder(), findRabbitmqFolder()]
if (!postgres || !rabbitmq) throw new Error('Failed to crash anything: PostgreSQL and RabbitMQ must be installed here.')
const summary = await runCampaign({ runs, seed, staleAfterSeconds, postgres, rabbitmq, report: console.error })
console.log(JSON.stringify(summary, null, 2))
process.exitCode = summary.violations.length === 0 ? 0 : 1
