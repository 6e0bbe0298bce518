import { discardDeadLetters } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { DEAD_LETTER_OPTIONS, deadLetterFilter, filterOf } from '../input.ts'
import { wrongInput } from '../wrong-input.ts'

export const deadLettersDiscard = defineCommand({
  name: 'dead-letters discard',
  summary: 'give dead letters up for good',
  arguments: ['[ids...]'],
  options: [...DEAD_LETTER_OPTIONS, ['--all', 'all of the tenant'], ['--reason <text>', 'why, for the audit log']],
  destroys: 'what these dead letters were about',
  input: deadLetterFilter,
  async run({ db, tenantId, actor }, input) {
    const filter = filterOf(input)
    if ((Object.keys(filter).length === 0) !== (input.all === true)) {
      throw wrongInput('dead-letters discard', ['say which: by number, by a filter, or all of them with --all'])
    }
    const { reason } = input
    const request = { tenantId: await tenantId(), actor, ...filter, ...(reason !== undefined && { reason }) }
    const discarded = await discardDeadLetters(db, request)
    return { json: { discarded }, lines: [`Discarded ${discarded}.`] }
  },
})
