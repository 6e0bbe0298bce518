import { MillraceError } from '../errors/millrace-error.ts'

const receivedBytes = new WeakMap<Response, Uint8Array<ArrayBuffer>>()

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const NULL_BODY = new Set([101, 103, 204, 205, 304])

/** A response over a body that is received already, so that reading it cannot fail. The bytes are not copied. */
export function receivedResponse(original: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const headers = new Headers(original.headers)
  // Both describe the bytes on the wire; these are decoded.
  headers.delete('content-encoding')
  headers.delete('content-length')
  const { status, statusText } = original
  const response = new Response(NULL_BODY.has(status) ? null : streamOf(bytes), { status, statusText, headers })
  Object.defineProperty(response, 'url', { value: original.url })
  receivedBytes.set(response, bytes)
  return response
}

/**
 * The body of a response of `ctx.fetch` as it was received, without a copy, also after it was read by other means. Node
 * removes compression before anybody sees the bytes: these are the bytes of the decoded body. They are shared: do not
 * write to them.
 *
 * @throws INTERNAL for a response that does not come from `ctx.fetch`; a `clone()` does not either
 */
export function bytesOf(response: Response): Uint8Array {
  const bytes = receivedBytes.get(response)
  if (bytes) return bytes
  throw new MillraceError('INTERNAL', {
    message:
      'Failed to get the bytes of a response: it does not come from ctx.fetch. Pass the response that it returned.',
  })
}

/** The same of any response: one that does not come from `ctx.fetch` is read. */
export async function readBytes(response: Response): Promise<Uint8Array> {
  return receivedBytes.get(response) ?? new Uint8Array(await response.arrayBuffer())
}

/** Given whole and only when asked for. */
function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (bytes.byteLength > 0) controller.enqueue(bytes)
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
