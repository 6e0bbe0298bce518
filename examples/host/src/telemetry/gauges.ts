import type { Logger } from '@millrace/core'
import { type Database, ledgerHealth, type QueueFacts } from '@millrace/sink-postgres'
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api'

/** What is asked of the process itself, whenever somebody fetches the metrics. */
export function observeProcess(meter: Meter, db: () => Database | undefined): void {
  const memory = meter.createObservableGauge('millrace.process.memory', { unit: 'By', description: 'Resident memory.' })
  const cpu = meter.createObservableCounter('millrace.process.cpu', {
    unit: 's',
    description: 'Time on processors, of all threads.',
  })
  const connections = meter.createObservableGauge('millrace.db.connections', {
    unit: '{connection}',
    description: 'Connections of the pool: open, idle, and transactions that wait for one.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(memory, process.memoryUsage.rss(), { kind: 'now' })
      result.observe(memory, process.resourceUsage().maxRSS * 1_024, { kind: 'peak' })
      const { user, system } = process.cpuUsage()
      result.observe(cpu, (user + system) / 1e6)
      for (const [state, count] of Object.entries(db()?.connections() ?? {})) {
        result.observe(connections, count, { state })
      }
    },
    [memory, cpu, connections],
  )
}

const QUEUES = ['job_queue', 'transform_queue', 'vectorization_queue'] as const

/** What is true of the whole system, asked of the database: one process of it is enough. */
export function observeSystem(
  meter: Meter,
  db: () => Database | undefined,
  { log, staleAfterMs }: { readonly log: Logger; readonly staleAfterMs: number },
): void {
  const gauge = (name: string, unit: string, description: string): Observable =>
    meter.createObservableGauge(name, { unit, description })
  const up = gauge('millrace.db.up', '1', 'Whether the database answered.')
  const depth = gauge('millrace.queue.depth', '{row}', 'Rows by queue: waiting, delayed, leased.')
  const oldest = gauge('millrace.queue.oldest', 's', 'How long the oldest waiting row has been due.')
  const consumers = gauge('millrace.queue.consumers', '{process}', 'Living workers that take rows of the queue.')
  const dead = gauge('millrace.dead_letters', '{row}', 'Rows that were given up and wait for people.')
  const workers = gauge('millrace.workers', '{process}', 'Workers whose heartbeat is heard, or silent.')
  const load = gauge('millrace.workers.load', '{row}', 'Rows at work, and how many living workers would take.')
  const lag = gauge('millrace.schedule.lag', 's', 'How long the job that waits longest has been due.')

  const observeQueue = (result: BatchObservableResult, queue: string, facts: QueueFacts): void => {
    result.observe(depth, facts.messages, { queue, state: 'waiting' })
    result.observe(depth, facts.delayed, { queue, state: 'delayed' })
    result.observe(depth, facts.unacknowledged, { queue, state: 'leased' })
    result.observe(oldest, facts.oldest_age_seconds, { queue })
    result.observe(consumers, facts.consumers, { queue })
  }
  meter.addBatchObservableCallback(
    async (result) => {
      const database = db()
      const health = await (database && ledgerHealth(database, { staleAfterMs }))?.catch((error: unknown) => {
        log.debug({ error: String(error) }, 'Failed to measure the queues: the database does not answer.')
        return undefined
      })
      result.observe(up, health ? 1 : 0)
      if (!health) return
      for (const queue of QUEUES) observeQueue(result, queue, health[queue])
      result.observe(dead, health.dead_letter_queue.messages)
      result.observe(workers, health.worker_status.alive, { state: 'alive' })
      result.observe(workers, health.worker_status.silent, { state: 'silent' })
      result.observe(load, health.worker_status.at_work, { state: 'at work' })
      result.observe(load, health.worker_status.capacity, { state: 'capacity' })
      result.observe(lag, health.schedule_lag_seconds)
    },
    [up, depth, oldest, consumers, dead, workers, load, lag],
  )
}
