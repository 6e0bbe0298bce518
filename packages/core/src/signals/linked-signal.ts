/** Runs a task with a signal that follows several others, and stops following them when the task ends. */
export async function withLinkedSignal<T>(
  signals: readonly (AbortSignal | null | undefined)[],
  task: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  const linked = new AbortController()
  const unlink: (() => void)[] = []
  for (const signal of signals) {
    if (!signal) continue
    const onAbort = (): void => linked.abort(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    unlink.push(() => signal.removeEventListener('abort', onAbort))
  }
  try {
    return await task(linked.signal, (reason) => linked.abort(reason))
  } finally {
    for (const leave of unlink) leave()
  }
}
