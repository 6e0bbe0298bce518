import { showRaw } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const rawShow = defineCommand({
  name: 'raw show',
  summary: 'print a raw record: what is known of it, and its decoded bodies',
  arguments: ['<id>'],
  options: [['--bytes', 'only the bodies, byte for byte as they were received']],
  input: z.object({ id, bytes: z.boolean().default(false) }),
  async run({ db, tenantId }, { id: rawId, bytes }) {
    const { bodies, ...facts } = await showRaw(db, { tenantId: await tenantId(), rawId })
    const shown = bodies.map(decode)
    return {
      json: { ...facts, bodies: shown },
      ...(bytes
        ? { bytes: bodies }
        : {
            lines: [
              JSON.stringify(facts, null, 2),
              ...shown.map((body) => (typeof body === 'string' ? body : JSON.stringify(body, null, 2))),
            ],
          }),
    }
  },
})

function decode(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
