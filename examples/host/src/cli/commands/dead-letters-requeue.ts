import { requeueDeadLetters } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { DEAD_LETTER_OPTIONS, deadLetterFilter, filterOf } from '../input.ts'
import { wrongInput } from '../wrong-input.ts'

export const deadLettersRequeue = defineCommand({
  name: 'dead-letters requeue',
  summary: 'have dead letters tried again: by the run of their job if it can, else by the next one',
  arguments: ['[ids...]'],
  options: [...DEAD_LETTER_OPTIONS, ['--all', 'all of the tenant'], ['--reason <text>', 'why, for the audit log']],
  input: deadLetterFilter,
  async run({ db, tenantId, actor }, input) {
    const filter = filterOf(input)
    if ((Object.keys(filter).length === 0) !== (input.all === true)) {
      throw wrongInput('dead-letters requeue', ['say which: by number, by a filter, or all of them with --all'])
    }
    const { reason } = input
    const request = { tenantId: await tenantId(), actor, ...filter, ...(reason !== undefined && { reason }) }
    const { adopted, waiting } = await requeueDeadLetters(db, request)
    return {
      json: { adopted, waiting },
      lines: [`${adopted} are taken over by runs that are under way, ${waiting} wait for the next run of their job.`],
    }
  },
})
