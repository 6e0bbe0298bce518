/**
 * `npm test`: every test, with the servers that they need. Arguments go to vitest (`npm test -- packages/core`).
 * Where a server cannot be had, its tests are skipped and said to be, unless `MILLRACE_REQUIRE_SERVICES=1` or `CI=true`: then
 * that is a failure.
 */
import { chromium } from './services/chromium.ts'
import { postgres } from './services/postgres.ts'
import { rabbitmq } from './services/rabbitmq.ts'
import { servicesAreRequired } from './services/required.ts'
import type { RunningService, Service } from './services/service.ts'
import { runVitest } from './testing/run-vitest.ts'

const services: readonly Service[] = [postgres, rabbitmq, chromium]

const running: RunningService[] = []

try {
  for (const service of services) await provide(service)
  const environment: Record<string, string> = Object.assign({}, ...running.map((service) => service.environment))
  process.exitCode = await runVitest(process.argv.slice(2), environment)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  for (const service of running) await service.stop()
}

async function provide(service: Service): Promise<void> {
  const provided = await service.provide()
  if ('reason' in provided) {
    if (servicesAreRequired())
      throw new Error(`Failed to provide ${service.name}, which is required here: ${provided.reason}.`)
    console.error(`\n!!! SKIPPING every test that needs ${service.name}: ${provided.reason}.\n`)
    return
  }
  console.error(`${service.name}: ${provided.origin}`)
  running.push(provided)
}
