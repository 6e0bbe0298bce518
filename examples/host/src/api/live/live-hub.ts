import type { JobStatus, LedgerChange, Logger } from '@millrace/core'
import type { Database } from '@millrace/sink-postgres'
import { auditTime, exhaustMap, filter, from, interval, merge, type Observable, Subject, type Subscription } from 'rxjs'
import type { JobChannel, LiveMessage } from '../contract/live.ts'
import { readLiveJobs, readLiveProgress } from './read-live.ts'

/** Hints that come together are one look. */
const COALESCE_MS = 10
/** Hints may be lost, and so is nothing. */
const POLL_MS = 2_000
const PROGRESS_MS = 1_000

/**
 * What becomes of a message when somebody has not read the ones before: the first documents are sent at any rate, a change
 * ends the connection if it is too much, and progress is left out.
 */
export type MessageKind = 'first' | 'change' | 'progress'

/** Somebody who wants to know. */
export interface Listener {
  readonly tenantId: number
  /** @default all jobs of the tenant */
  readonly jobId?: number
  /** @default all stages */
  readonly channel?: JobChannel
  send(message: Buffer, kind: MessageKind): void
}

export interface LiveHub {
  /**
   * Sends the documents of the listener's jobs, and from then on each that changed. @returns stops it; undefined when the
   * tenant has no such job
   */
  join(listener: Listener): Promise<(() => void) | undefined>
  close(): void
}

/**
 * Tells listeners what was committed, by whichever process: a hint or the clock has it look, and what has a greater revision
 * than what was sent before is sent. One look serves all listeners, however many they are.
 */
export function liveHub(db: Database, changes: Observable<LedgerChange>, log: Logger): LiveHub {
  const listeners = new Set<Listener>()
  const sent = new Map<number, number>()
  const looks = new Subject<void>()
  const tenants = (): number[] => [...new Set([...listeners].map(({ tenantId }) => tenantId))]

  const look = async (): Promise<void> => {
    for (const { jobId, tenantId, status } of await readLiveJobs(db, tenants())) {
      if ((sent.get(jobId) ?? -1) >= status.revision) continue
      sent.set(jobId, status.revision)
      const message = statusMessage(tenantId, jobId, status)
      for (const listener of listeners) if (hears(listener, tenantId, jobId)) listener.send(message, 'change')
    }
  }
  const progress = async (): Promise<void> => {
    for (const { jobId, tenantId, runId, counters, totals } of await readLiveProgress(db, tenants())) {
      const facts = { type: 'job_progress', tenant_id: tenantId, job_id: jobId, run_id: runId, totals } as const
      const messages = new Map<JobChannel | undefined, Buffer>()
      for (const listener of listeners) {
        if (!hears(listener, tenantId, jobId)) continue
        const { channel } = listener
        const message = messages.get(channel) ?? encode({ ...facts, counters: ofChannel(counters, channel) })
        messages.set(channel, message)
        listener.send(message, 'progress')
      }
    }
  }
  const quietly = (work: () => Promise<void>) => async (): Promise<void> => {
    if (listeners.size === 0) return
    await work().catch((error: unknown) => {
      log.debug(
        { error: String(error) },
        'Failed to look at the jobs: the database does not answer. It is tried again.',
      )
    })
  }
  const hints = changes.pipe(filter(({ kind }) => kind === 'status'))
  // A hint during a look asks for another one afterwards: `looks` repeats it.
  let looking = false
  let again = false
  const lookNow = quietly(look)
  const onHint = async (): Promise<void> => {
    again = true
    if (looking) return
    looking = true
    while (again) {
      again = false
      await lookNow()
    }
    looking = false
  }
  const subscriptions: Subscription[] = [
    merge(hints.pipe(auditTime(COALESCE_MS)), interval(POLL_MS), looks).subscribe(() => void onHint()),
    interval(PROGRESS_MS)
      .pipe(exhaustMap(() => from(quietly(progress)())))
      .subscribe(),
  ]

  return {
    async join(listener) {
      const known = await readLiveJobs(db, [listener.tenantId])
      const jobs = known.filter(({ jobId, tenantId }) => hears(listener, tenantId, jobId))
      if (listener.jobId !== undefined && jobs.length === 0) return undefined
      listeners.add(listener)
      for (const { jobId, tenantId, status } of jobs) listener.send(statusMessage(tenantId, jobId, status), 'first')
      // What was committed since it was read, and sent to the others before this one listened.
      for (const { jobId, status } of jobs) if ((sent.get(jobId) ?? -1) > status.revision) sent.delete(jobId)
      looks.next()
      return () => void listeners.delete(listener)
    },
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe()
      listeners.clear()
    },
  }
}

function hears(listener: Listener, tenantId: number, jobId: number): boolean {
  return listener.tenantId === tenantId && (listener.jobId === undefined || listener.jobId === jobId)
}

function ofChannel<Counters extends { readonly stage: string }>(
  counters: readonly Counters[],
  channel: JobChannel | undefined,
): Counters[] {
  if (channel === undefined) return [...counters]
  return counters.filter(({ stage }) => stage === channel || (channel === 'extraction' && stage === 'plan'))
}

function statusMessage(tenantId: number, jobId: number, status: JobStatus): Buffer {
  const { steps } = status
  return encode({
    type: 'job_status_update',
    tenant_id: tenantId,
    job_id: jobId,
    status: { ...status, steps: { ...steps } },
  })
}

/** Once for all who hear it. */
function encode(message: LiveMessage): Buffer {
  return Buffer.from(JSON.stringify(message))
}
