import { isMillraceError, MillraceError } from '@millrace/core'
import { QdrantClientResourceExhaustedError, QdrantClientTimeoutError } from '@qdrant/js-client-rest'
import { z } from 'zod'

/** The client's errors have the status as their message; what the server said is in `data`. */
const apiErrorSchema = z.object({
  status: z.int(),
  data: z
    .object({ status: z.object({ error: z.string() }) })
    .optional()
    .catch(undefined),
})

/** Version 1.19 of the client keeps the first digit of `Retry-After` only, so 30 seconds look like 3. */
const LEAST_WAIT_MS = 5000

/** @param doing for example `search collection millrace_t1` */
export function qdrantFailure(error: unknown, doing: string, nowMs: number): MillraceError {
  if (isMillraceError(error)) return error
  if (error instanceof QdrantClientResourceExhaustedError) {
    const waitMs = Math.max(LEAST_WAIT_MS, (Number(error.retry_after) || 0) * 1000)
    return new MillraceError('RATE_LIMITED', {
      message: `Failed to ${doing}: Qdrant asks to wait for ${waitMs / 1000} s. It is tried again then.`,
      retryAt: new Date(nowMs + waitMs),
      cause: error,
    })
  }
  if (error instanceof QdrantClientTimeoutError) {
    return new MillraceError('HTTP_TIMEOUT', {
      message: `Failed to ${doing}: Qdrant did not answer in time. It is tried again.`,
      cause: error,
    })
  }
  const parsed = apiErrorSchema.safeParse(error)
  if (!parsed.success) {
    return new MillraceError('HTTP_UNAVAILABLE', {
      message: `Failed to ${doing}: Qdrant cannot be reached (${reasonOf(error)}). Check its URL and that it runs.`,
      cause: error,
    })
  }
  const { status, data } = parsed.data
  const said = data?.status.error ?? `status ${status}`
  const context = { status }
  if (status === 401 || status === 403) {
    const message = `Failed to ${doing}: Qdrant answers ${status} (${said}). Check the API key and what it may do.`
    return new MillraceError('UNAUTHORIZED', { message, context, cause: error })
  }
  if (status === 404) {
    const message = `Failed to ${doing}: ${said}. Prepare the collection first.`
    return new MillraceError('SCHEMA_MISMATCH', { message, context, cause: error })
  }
  if (status === 408 || status === 429 || status >= 500) {
    const message = `Failed to ${doing}: Qdrant answers ${status} (${said}). It is tried again.`
    return new MillraceError('HTTP_UNAVAILABLE', { message, context, cause: error })
  }
  const message = `Failed to ${doing}: Qdrant answers ${status} (${said}). Read its answer.`
  return new MillraceError('HTTP_STATUS', { message, context, cause: error })
}

/** `fetch failed` says nothing; what it came from does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
