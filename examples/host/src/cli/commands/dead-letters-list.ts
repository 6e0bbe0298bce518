import { listDeadLetters } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { DEAD_LETTER_OPTIONS, deadLetterFilter, filterOf, id, limit } from '../input.ts'

export const deadLettersList = defineCommand({
  name: 'dead-letters list',
  summary: 'show what was given up, oldest first',
  options: [
    ...DEAD_LETTER_OPTIONS,
    ['--limit <count>', 'how many (default: 100)'],
    ['--after <id>', 'only later ones'],
  ],
  input: deadLetterFilter.omit({ ids: true }).extend({ limit: limit.default(100), after: id.optional() }),
  async run({ db, tenantId }, { limit: most, after, ...filter }) {
    const page = await listDeadLetters(db, {
      tenantId: await tenantId(),
      ...filterOf(filter),
      limit: most,
      ...(after !== undefined && { after }),
    })
    return {
      json: page,
      table: page.deadLetters.map((letter) => ({
        id: letter.id,
        job: letter.jobId,
        run: letter.runId,
        step: letter.step,
        type: letter.jobType,
        code: letter.code,
        waits: letter.requeuedAt ? 'requeued' : letter.transient ? 'next run' : 'for you',
        about: JSON.stringify(letter.unit) + (letter.items ? ` item ${letter.items.join(', ')}` : ''),
        message: letter.message,
      })),
      ...(page.next !== null && { lines: [`More follow: --after ${page.next}`] }),
    }
  },
})
