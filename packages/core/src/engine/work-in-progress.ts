/** What a process is doing right now, by run, so that it can be aborted and waited for. */
export interface WorkInProgress {
  /** Does work of a run, under a signal of its own. */
  begin(runId: number, work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** Waits for something that cannot be aborted, and hands through what comes of it. */
  track<Result>(task: Promise<Result>): Promise<Result>
  knows(runId: number): boolean
  /** Aborts the work of one run, or of all. */
  abort(reason: Error, runId?: number): void
  /** How many rows are worked on. */
  count(): number
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
  /** Resolves when no row is worked on; other things may be under way. */
  idle(): Promise<void>
}

export function workInProgress(): WorkInProgress {
  const underWay = new Set<Promise<unknown>>()
  const controllers = new Map<AbortController, number>()
  const rows = new Set<Promise<unknown>>()
  const track = <Result>(task: Promise<Result>): Promise<Result> => {
    underWay.add(task)
    return task.finally(() => underWay.delete(task))
  }
  return {
    begin: (runId, work) => {
      const controller = new AbortController()
      controllers.set(controller, runId)
      const done = track(work(controller.signal).finally(() => controllers.delete(controller)))
      rows.add(done)
      return done.finally(() => rows.delete(done))
    },
    track,
    knows: (runId) => controllers.values().some((known) => known === runId),
    abort: (reason, runId) => {
      for (const [controller, known] of controllers) {
        if (runId === undefined || known === runId) controller.abort(reason)
      }
    },
    count: () => controllers.size,
    settled: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    idle: async () => {
      while (rows.size > 0) await Promise.allSettled(rows)
    },
  }
}
