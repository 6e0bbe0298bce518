import { showDeadLetter } from '@millrace/sink-postgres'
import { z } from 'zod'
import { CONNECTORS } from '../../connectors.ts'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const deadLettersShow = defineCommand({
  name: 'dead-letters show',
  summary: 'show everything about one: error, attempts, payload, and where its raw record is',
  arguments: ['<id>'],
  options: [['--record', 'with the bad items of the raw record, decoded']],
  input: z.object({ id, record: z.boolean().default(false) }),
  async run({ db, tenantId }, { id: letter, record }) {
    const shown = await showDeadLetter(db, { tenantId: await tenantId(), id: letter, record, itemsProperty })
    return { json: shown, lines: JSON.stringify(shown, null, 2).split('\n') }
  },
})

function itemsProperty(name: string): string | undefined {
  return CONNECTORS.flatMap(({ steps }) => steps).find((step) => step.name === name)?.items
}
