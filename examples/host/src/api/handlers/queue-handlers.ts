import { FAILED_QUEUE, type Json } from '@millrace/core'
import {
  type DeadLetter,
  discardDeadLetters,
  drainWorkers,
  ledgerHealth,
  listDeadLetters,
  listWorkers,
  requeueDeadLetters,
  restartWorkers,
  showDeadLetter,
} from '@millrace/sink-postgres'
import type { z } from 'zod'
import type { Api } from '../api.ts'
import { type deadLetterChoice, queueRoutes } from '../contract/queues.ts'
import { workerRoutes } from '../contract/workers.ts'
import type { Handlers } from '../handlers.ts'
import { toWire } from '../to-wire.ts'
import { remedyOf } from './job-handlers.ts'

const SERVED = { ...queueRoutes, ...workerRoutes }
export const QUEUE_ROUTES = Object.keys(SERVED) as (keyof typeof SERVED)[]

/** What waits, what failed, and who works. */
export function queueHandlers({ db, connectors }: Api): Pick<Handlers, keyof typeof SERVED> {
  const steps = connectors.flatMap((connector) => connector.steps)
  return {
    async queueHealth({ caller: { tenantId } }) {
      const health = await ledgerHealth(db, { tenantId })
      const failed = { queue: FAILED_QUEUE, messages: health.dead_letter_queue.messages, consumers: null }
      const queues = (['job_queue', 'transform_queue', 'vectorization_queue'] as const).map((queue) => ({
        queue,
        messages: health[queue].messages,
        consumers: health[queue].consumers,
      }))
      return { ...health, queues: [...queues, failed] }
    },
    async listDeadLetters({ caller: { tenantId }, query }) {
      const { limit, after, ...given } = query
      const page = await listDeadLetters(db, {
        tenantId,
        ...filterOf(given),
        limit,
        ...(after !== undefined && { after }),
      })
      return { dead_letters: page.deadLetters.map(shown), next: page.next }
    },
    async showDeadLetter({ caller: { tenantId }, params: { id }, query }) {
      const itemsProperty = (name: string) => steps.find((step) => step.name === name)?.items
      const {
        raw: _,
        record,
        payload,
        context,
        maxAttempts,
        ...letter
      } = await showDeadLetter(db, {
        tenantId,
        id,
        record: query.record ?? false,
        itemsProperty,
      })
      return {
        ...shown(letter),
        payload: { ...payload },
        context: { ...context },
        max_attempts: maxAttempts,
        record: record ? (record as Json[]) : null,
      }
    },
    requeueDeadLetters: ({ caller: { tenantId, actor }, body }) =>
      requeueDeadLetters(db, { tenantId, actor, ...filterOf(body), ...reasonOf(body) }),
    discardDeadLetters: async ({ caller: { tenantId, actor }, body }) => ({
      discarded: await discardDeadLetters(db, { tenantId, actor, ...filterOf(body), ...reasonOf(body) }),
    }),
    listWorkers: async () => (await listWorkers(db)).map(toWire),
    drainWorkers: async ({ body }) => ({ told: [...(await drainWorkers(db, body.ids ? { ids: body.ids } : {}))] }),
    restartWorkers: async ({ body }) => ({ told: [...(await restartWorkers(db, body.ids ? { ids: body.ids } : {}))] }),
  }
}

type Choice = Omit<z.output<typeof deadLetterChoice>, 'all' | 'reason'>

function filterOf(choice: Choice) {
  return {
    ...(choice.ids !== undefined && { ids: choice.ids }),
    ...(choice.job_id !== undefined && { jobId: choice.job_id }),
    ...(choice.run_id !== undefined && { runId: choice.run_id }),
    ...(choice.integration_id !== undefined && { integrationId: choice.integration_id }),
    ...(choice.step !== undefined && { step: choice.step }),
    ...(choice.job_type !== undefined && { jobType: choice.job_type }),
    ...(choice.code !== undefined && { code: choice.code }),
    ...(choice.transient !== undefined && { transient: choice.transient }),
  }
}

function reasonOf({ reason }: { readonly reason?: string | undefined }) {
  return reason === undefined ? {} : { reason }
}

function shown(letter: DeadLetter) {
  return { ...toWire(letter), items: letter.items && [...letter.items], remedy: remedyOf(letter.code) }
}
