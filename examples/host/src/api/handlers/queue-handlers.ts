import {
  CUSTOM_FIELDS_QUEUE,
  FAILED_QUEUE,
  JOBS_QUEUE,
  type Json,
  type QueueDepth,
  queueName,
  type Tier,
} from '@millrace/core'
import {
  type Database,
  type DeadLetter,
  discardDeadLetters,
  drainWorkers,
  ledgerHealth,
  listDeadLetters,
  listTenants,
  listWorkers,
  requeueDeadLetters,
  restartWorkers,
  showDeadLetter,
  tenant,
} from '@millrace/sink-postgres'
import type { z } from 'zod'
import type { Api, Caller } from '../api.ts'
import type { deadLetterChoice, queueRoutes } from '../contract/queues.ts'
import type { workerRoutes } from '../contract/workers.ts'
import type { Handlers } from '../handlers.ts'
import { Refusal } from '../refusal.ts'
import { toWire } from '../to-wire.ts'
import { remedyOf } from './job-handlers.ts'

type Served = typeof queueRoutes & typeof workerRoutes
const TIER = 'SELECT tier FROM tenants'
const NO_DEPTHS: Promise<ReadonlyMap<string, QueueDepth>> = Promise.resolve(new Map())

/** The queues that a tenant's work travels through, and those that tell about it. */
function queuesOf(tier: Tier): readonly string[] {
  const own = (['extract', 'transform', 'embed'] as const).map((jobType) => queueName(jobType, tier))
  return [JOBS_QUEUE, ...own, CUSTOM_FIELDS_QUEUE, FAILED_QUEUE]
}

/** What waits, what failed, and who works. */
export function queueHandlers({ db, connectors, broker, log }: Api): Pick<Handlers, keyof Served> {
  const steps = connectors.flatMap((connector) => connector.steps)
  return {
    async queueHealth({ caller: { tenantId } }) {
      const [health, [facts]] = await Promise.all([
        ledgerHealth(db, { tenantId }),
        db.query<{ tier: Tier }>(tenant(tenantId), TIER),
      ])
      const queues = queuesOf(facts?.tier ?? 'free')
      const depths = await (broker?.depths(queues) ?? NO_DEPTHS).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'Failed to ask the broker how its queues are.')
        return NO_DEPTHS
      })
      return {
        ...health,
        queues: queues.map((queue) => {
          const { messages = null, consumers = null } = depths.get(queue) ?? {}
          return { queue, messages, consumers }
        }),
      }
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
    async drainWorkers({ caller, body }) {
      await requireOwnWorkers(db, caller)
      return { told: [...(await drainWorkers(db, body.ids ? { ids: body.ids } : {}))] }
    },
    async restartWorkers({ caller, body }) {
      await requireOwnWorkers(db, caller)
      return { told: [...(await restartWorkers(db, body.ids ? { ids: body.ids } : {}))] }
    },
  }
}

/** Workers serve all tenants: where there are several, no admin of one of them may stop the work of the others. */
async function requireOwnWorkers(db: Database, caller: Caller): Promise<void> {
  if (caller.role === 'internal') return
  const others = (await listTenants(db)).filter(({ id, active }) => active && id !== caller.tenantId)
  if (others.length === 0) return
  throw new Refusal(
    'WRONG_ROLE',
    'Failed to tell workers what to do: they serve other tenants too, so only services may. Ask who runs this system.',
  )
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
