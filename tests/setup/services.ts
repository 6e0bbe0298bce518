import { servicesAreRequired } from '../../scripts/services/required.ts'

/**
 * Runs once before all tests. A test that needs a server reads its address from the environment (`DATABASE_URL`, `AMQP_URL`) and
 * skips where there is none. `npm test` finds or starts the servers and sets them; a bare `vitest` uses what is set already.
 */
export default function setup(): void {
  need('DATABASE_URL', 'a PostgreSQL server')
  need('AMQP_URL', 'RabbitMQ')
  need('CHROMIUM_PATH', 'a browser')
}

function need(variable: string, server: string): void {
  if (process.env[variable]) return
  const remedy = 'Start the tests with "npm test -- <files>" to have a server.'
  if (servicesAreRequired())
    throw new Error(`Failed to start the tests: ${variable} is not set, and required here. ${remedy}`)
  process.stderr.write(`\n!!! ${variable} is not set: every test that needs ${server} is skipped. ${remedy}\n\n`)
}
