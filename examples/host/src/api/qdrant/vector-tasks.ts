import { isMillraceError, type Logger } from '@millrace/core'
import type { z } from 'zod'
import { unrecorded } from '../audit/audited-database.ts'
import type { VectorTask, vectorTask } from '../contract/qdrant.ts'
import { Refusal } from '../refusal.ts'

type Task = z.input<typeof vectorTask>
type Report = NonNullable<Task['report']>

/** What a task is told to do its work with. */
export interface TaskContext {
  readonly signal: AbortSignal
  readonly onProgress: (progress: NonNullable<Task['progress']>) => void
}

/** Work of minutes that this process does on request. It is safe to interrupt, and does nothing twice when asked again. */
export interface VectorTasks {
  /** @throws Refusal while work of the tenant is under way */
  start(tenantId: number, kind: Task['kind'], work: (context: TaskContext) => Promise<Report | null>): VectorTask
  /** The newest first. */
  list(tenantId: number): VectorTask[]
  /** Interrupts what is under way, and waits for it. */
  stop(): Promise<void>
}

const REMEMBERED = 20
const UNKNOWN = 'Failed to do it: something unexpected happened. The log of the server says more.'

export function vectorTasks(log: Logger): VectorTasks {
  const tasks = new Map<number, Task[]>()
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const of = (tenantId: number): Task[] => tasks.get(tenantId) ?? []
  return {
    start(tenantId, kind, work) {
      if (of(tenantId).some(({ state }) => state === 'running')) {
        throw new Refusal('CONFLICT', 'Failed to begin: work on the vectors is under way. Wait for its end.')
      }
      const task: Task = {
        kind,
        state: 'running',
        started_at: new Date().toISOString(),
        finished_at: null,
        progress: null,
        report: null,
        error: null,
      }
      tasks.set(tenantId, [task, ...of(tenantId)].slice(0, REMEMBERED))
      const onProgress: TaskContext['onProgress'] = (progress) => {
        task.progress = progress
      }
      const end = async (): Promise<void> => {
        try {
          task.report = await work({ signal: stopping.signal, onProgress })
          task.state = 'finished'
        } catch (error) {
          task.state = 'failed'
          task.error = isMillraceError(error) ? error.message : UNKNOWN
          log.warn({ tenant: tenantId, task: kind, error: String(error) }, 'Failed to work on vectors.')
        }
        task.finished_at = new Date().toISOString()
      }
      const ended = unrecorded(end).finally(() => running.delete(ended))
      running.add(ended)
      return { ...task }
    },
    list: (tenantId) => of(tenantId).map((task) => ({ ...task })),
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
