import { describe } from 'vitest'
import { CHAPTERS } from './testing/chapters/chapters.ts'
import { operatorDay } from './testing/operator-day.ts'
import { splitHost } from './testing/split-host.ts'

const { DATABASE_URL: serverUrl = '', AMQP_URL: amqpUrl = '' } = process.env

describe('an operator of roles split over processes, on PostgreSQL and RabbitMQ', { timeout: 600_000 }, () => {
  operatorDay({
    isPossible: serverUrl !== '' && amqpUrl !== '',
    open: () => splitHost(serverUrl, amqpUrl),
    chapters: CHAPTERS,
  })
})
