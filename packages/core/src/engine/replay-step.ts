import { z } from 'zod'
import type { NewRow } from '../ports/ledger.ts'
import type { Work } from './open-work.ts'

const cursorSchema = z.number().catch(0)

/**
 * The plan of a replay: instead of asking the provider for units, it takes up raw records that are stored and has each
 * transformed again, at the version that it was received under. One commit per batch with the last id as cursor, so that an
 * interrupted replay goes on where it was; a record that is taken up twice is born once.
 */
export async function replayStep(work: Work): Promise<void> {
  const { engine, step } = work
  const limit = engine.limits.recordsPerCommit
  const { replaySince } = work.lease().options
  const since = typeof replaySince === 'string' ? { since: new Date(replaySince) } : {}
  for (;;) {
    work.signal.throwIfAborted()
    const after = cursorSchema.parse(work.lease().cursor)
    const ids = await engine.ledger.rawRecords(work.lease(), { after, limit, ...since })
    const births = ids.map(
      (id): NewRow => ({ step: step.name, jobType: 'transform', payload: { raw_id: id }, key: `raw ${id}` }),
    )
    const last = ids.at(-1)
    if (last === undefined || ids.length < limit) {
      await work.commit({ row: { to: 'done' }, births })
      return
    }
    if (!(await work.commit({ row: { to: 'leased', cursor: last }, births }))) return
  }
}
