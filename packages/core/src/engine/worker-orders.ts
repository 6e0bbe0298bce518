import { Subject } from 'rxjs'
import type { WorkerOrder } from '../ports/ledger.ts'
import type { WorkInProgress } from './work-in-progress.ts'

/** What people want of this worker, as its heartbeat learns it. An order to end is never taken back: its work is handed on. */
export interface WorkerOrders {
  obey(order: WorkerOrder): void
  mayClaim(): boolean
  /** Emits when nothing more is to be taken. */
  readonly draining: Subject<void>
  readonly restartRequested: Promise<void>
}

export function workerOrders(atWork: Pick<WorkInProgress, 'idle'>): WorkerOrders {
  const draining = new Subject<void>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let current: WorkerOrder = 'work'
  return {
    draining,
    restartRequested: promise,
    mayClaim: () => current === 'work',
    obey: (order) => {
      if (order === 'work' || order === current) return
      if (current === 'work') draining.next()
      current = order
      if (order === 'restart') void atWork.idle().then(resolve)
    },
  }
}
