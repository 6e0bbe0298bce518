import { type ApiFixture, type ApiFixtureOptions, apiFixture } from './api-fixture.ts'
import { splitFixture } from './split-fixture.ts'

interface FixtureKind {
  readonly name: string
  readonly split: boolean
  open(options?: ApiFixtureOptions): Promise<ApiFixture>
}

/** Everything in one process; and, where servers are, each role in its own. */
export function apiFixtures({ DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl }: NodeJS.ProcessEnv): FixtureKind[] {
  const whole = { name: 'one process', split: false, open: apiFixture }
  if (!databaseUrl || !amqpUrl) return [whole]
  const open: FixtureKind['open'] = (options) => splitFixture({ databaseUrl, amqpUrl }, options)
  return [whole, { name: 'processes that share PostgreSQL and RabbitMQ', split: true, open }]
}
