import { setTimeout as sleep } from 'node:timers/promises'
import type { SupervisedServer } from './supervised-server.ts'

/**
 * Waits for a server that was just started; throws with what it printed when it ends or stays silent. A busy machine may take
 * minutes for what takes a second on an idle one.
 */
export async function waitUntilReady(
  name: string,
  server: SupervisedServer,
  isReady: () => Promise<boolean>,
  timeoutMs = 240_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isReady())) {
    if (!server.running() || Date.now() > deadline) {
      const what = server.running() ? `it did not answer within ${timeoutMs / 1000} s` : 'it ended at once'
      await server.stop()
      throw new Error(`Failed to start ${name}: ${what}. It printed:\n${server.output()}`)
    }
    await sleep(50)
  }
}
