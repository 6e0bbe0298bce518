import { setTimeout as delay } from 'node:timers/promises'
import { isMillraceError } from '@millrace/core'

/** Something that must answer before this process is of use; it rejects with why it does not. */
export type ReadinessCheck = () => Promise<unknown>

export interface Readiness {
  readonly ready: boolean
  /** 'ok', or the code of what is wrong. */
  readonly checks: { readonly [name: string]: string }
}

const PATIENCE_MS = 2_000

/** Asks all at once. Says codes and no messages: whoever asks may be anybody. */
export async function checkReadiness(checks: { readonly [name: string]: ReadinessCheck }): Promise<Readiness> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await verdict(check)] as const),
  )
  return { ready: found.every(([, word]) => word === 'ok'), checks: Object.fromEntries(found) }
}

async function verdict(check: ReadinessCheck): Promise<string> {
  const timer = new AbortController()
  const late = delay(PATIENCE_MS, 'TIMEOUT', { signal: timer.signal }).catch(() => 'TIMEOUT')
  try {
    return await Promise.race([check().then(() => 'ok'), late])
  } catch (error) {
    return isMillraceError(error) ? error.code : 'INTERNAL'
  } finally {
    timer.abort()
  }
}
