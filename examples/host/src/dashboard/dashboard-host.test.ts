import { describe } from 'vitest'
import { administering } from './testing/chapters/administering.ts'
import { arriving } from './testing/chapters/arriving.ts'
import { configuring } from './testing/chapters/configuring.ts'
import { operatingJobs } from './testing/chapters/operating-jobs.ts'
import { searching } from './testing/chapters/searching.ts'
import { embeddedHost } from './testing/embedded-host.ts'
import { operatorDay } from './testing/operator-day.ts'
import { splitHost } from './testing/split-host.ts'

const { CHROMIUM_PATH: executable, DATABASE_URL: serverUrl, AMQP_URL: amqpUrl } = process.env
const chapters = [arriving, operatingJobs, configuring, searching, administering]

describe('an operator of one process on the embedded database', { timeout: 300_000 }, () => {
  operatorDay({ executable, isPossible: true, open: embeddedHost, chapters })
})

describe('an operator of roles split over processes, on PostgreSQL and RabbitMQ', { timeout: 300_000 }, () => {
  const isPossible = Boolean(serverUrl && amqpUrl)
  operatorDay({ executable, isPossible, open: () => splitHost(serverUrl ?? '', amqpUrl ?? ''), chapters })
})
