/** `npm run bench`: measures on a PostgreSQL server and a RabbitMQ, found or started. Arguments go to the benchmark. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { postgres } from './services/postgres.ts'
import { rabbitmq } from './services/rabbitmq.ts'

const server = await postgres.provide()
if ('reason' in server) throw new Error(`Failed to measure: there is no PostgreSQL server: ${server.reason}.`)
console.error(`PostgreSQL: ${server.origin}`)
const broker = await rabbitmq.provide()
console.error(`RabbitMQ: ${'reason' in broker ? `not measured, ${broker.reason}` : broker.origin}`)
try {
  const program = new URL('../examples/benchmark/src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=@millrace/source', program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...server.environment, ...('reason' in broker ? {} : broker.environment) },
  })
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
} finally {
  await server.stop()
  if (!('reason' in broker)) await broker.stop()
}
