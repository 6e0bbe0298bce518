import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

const PIECES = 10

/** What sending needs to know of a fault. */
export interface SendingFault {
  readonly kind: string
  readonly ms?: number
}

/** What is sent: the head of the response and its whole body. */
export interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Sends a response the way the faults want it. */
export const send = async (
  reply: FastifyReply,
  { status, headers, body }: Outgoing,
  faults: readonly SendingFault[],
): Promise<void> => {
  const cut = faults.some(({ kind }) => kind === 'cut-body')
  const slow = faults.find((fault) => fault.kind === 'slow-body')
  if (!cut && slow === undefined) {
    await reply.code(status).headers(headers).send(body)
    return
  }
  reply.hijack()
  const { raw } = reply
  raw.writeHead(status, { ...headers, 'content-length': body.length })
  const length = cut ? Math.floor(body.length / 2) : body.length
  const pieces = slow === undefined ? 1 : PIECES
  const size = Math.max(1, Math.ceil(length / pieces))
  for (let from = 0; from < length; from += size) {
    if (slow !== undefined) await delay((slow.ms ?? 0) / pieces)
    raw.write(body.subarray(from, Math.min(length, from + size)))
  }
  if (!cut) {
    raw.end()
    return
  }
  // Destroying at once would drop what is still in the socket's buffer, and with it the head that announces the length.
  raw.write('', () => setImmediate(() => raw.destroy()))
}
