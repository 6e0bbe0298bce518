import { MillraceError } from '../errors/millrace-error.ts'

/** The answer ended before it was complete. */
class BodyCutError extends Error {
  constructor(receivedBytes: number, expectedBytes: number) {
    super(`the answer was cut after ${receivedBytes} of ${expectedBytes} bytes`)
    this.name = 'BodyCutError'
  }
}

/**
 * Reads a body to its end.
 *
 * @throws BodyCutError when it is shorter than its Content-Length says; INVALID_BODY when it exceeds `maxBytes`; whatever
 *   the stream fails with
 */
export async function readBody(
  response: Response,
  method: string,
  maxBytes: number,
  target: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = announcedBytes(response, method)
  const reader = response.body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    chunks.push(value)
    if (Math.max(size, announced ?? 0) <= maxBytes) continue
    // Stops the transfer; when that is finished does not matter here.
    reader.cancel().catch(() => undefined)
    throw tooLarge(target, Math.max(size, announced ?? 0), maxBytes)
  }
  if (announced !== undefined && size < announced) throw new BodyCutError(size, announced)
  const [only] = chunks
  return chunks.length === 1 && only ? only : joined(chunks, size)
}

/** Undefined when unknown, or when it counts bytes that are not sent, or compressed ones, which only Node sees. */
function announcedBytes(response: Response, method: string): number | undefined {
  const length = response.headers.get('content-length')
  if (method === 'HEAD' || response.status === 204 || response.status === 304) return undefined
  if (length === null || !/^\d+$/.test(length) || response.headers.has('content-encoding')) return undefined
  return Number(length)
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function tooLarge(target: string, size: number, maxBytes: number): MillraceError {
  return new MillraceError('INVALID_BODY', {
    message: `Failed to fetch ${target}: the answer has at least ${size} bytes, more than the ${maxBytes} allowed. Ask for smaller pages, or raise maxBodyBytes.`,
    context: { bytes: size, maxBytes },
  })
}
