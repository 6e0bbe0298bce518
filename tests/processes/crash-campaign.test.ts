import { expect, test } from 'vitest'
import { runCampaign } from '../../scripts/crash/campaign.ts'
import { FAULT_KINDS } from '../../scripts/crash/fault-plan.ts'
import { findPostgresFolder } from '../../scripts/services/private-postgres.ts'
import { findRabbitmqFolder } from '../../scripts/services/private-rabbitmq.ts'
import { servicesAreRequired } from '../../scripts/services/required.ts'

const RUNS = 8
const SEED = 1
const [postgres, rabbitmq] = [findPostgresFolder(), findRabbitmqFolder()]

/** These servers are killed, so they must be ours. */
if (!postgres || !rabbitmq) {
  const missing = 'the programs of PostgreSQL and RabbitMQ must both be installed here'
  if (servicesAreRequired()) throw new Error(`Failed to crash servers: ${missing}.`)
  process.stderr.write(`\n!!! No server is crashed: ${missing}.\n\n`)
}

test.skipIf(!postgres || !rabbitmq)(
  'whatever is killed in the middle of runs, they end as one that nothing disturbed, and no other process ends',
  async () => {
    const lines: string[] = []
    const summary = await runCampaign({
      runs: RUNS,
      seed: SEED,
      staleAfterSeconds: 4,
      postgres: postgres ?? '',
      rabbitmq: rabbitmq ?? '',
      report: (line) => lines.push(line),
    })
    expect(summary.violations, lines.join('\n')).toEqual([])
    expect(summary.takenOver, lines.join('\n')).toBeGreaterThan(0)
    const struck = FAULT_KINDS.filter((kind) => summary.kills[kind] > 0)
    expect(struck, lines.join('\n')).toEqual([...FAULT_KINDS])
  },
  1_200_000,
)
