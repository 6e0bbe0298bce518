import { isMillraceError } from '../errors/millrace-error.ts'
import type { Lease } from '../ports/ledger.ts'
import { embedRows } from './embed-rows.ts'
import type { Engine } from './engine.ts'
import { extractUnit } from './extract-unit.ts'
import { asMillraceError, outcomeOf } from './failure.ts'
import { openWork, type Work } from './open-work.ts'
import { planStep } from './plan-step.ts'
import { transformRecord } from './transform-record.ts'

const WORK = {
  plan: planStep,
  extract: extractUnit,
  transform: transformRecord,
  embed: embedRows,
} as const satisfies { readonly [jobType: string]: (work: Work) => Promise<void> }

/**
 * Does the work of one leased row and commits what becomes of it.
 *
 * The way of a page: `plan` enumerates units → `extract` fetches a page and stores it raw, with its cursor and its
 * transform row → `transform` reads it, computes changes and loads them, with embed rows for what changed → `embed`
 * writes vectors. Each arrow is one commit; a crash between two of them repeats the work, not its effect.
 *
 * Resolves when the row's fate is committed or the lease is lost. Rejects only when the ledger itself cannot be reached:
 * then the lease expires and somebody else takes the row.
 */
export async function perform(engine: Engine, lease: Lease, signal: AbortSignal): Promise<void> {
  let progress = lease
  let work: Work | undefined
  try {
    work = openWork(engine, lease, signal, (current) => {
      progress = current
    })
    await WORK[lease.jobType](work)
  } catch (caught) {
    // What an abort interrupted is nobody's failure; the row goes to whoever is still working.
    const handedBack = signal.aborted && (caught === signal.reason || !isMillraceError(caught) || caught.retryable)
    const error = asMillraceError(caught, `${lease.jobType} ${lease.step}`, true)
    const outcome = handedBack
      ? ({ to: 'pending', delayMs: 0, refund: true } as const)
      : outcomeOf(error, progress, engine)
    const facts = { run: lease.runId, step: lease.step, row: lease.id, code: error.code, outcome: outcome.to }
    if (!handedBack) engine.log[outcome.to === 'dead' ? 'error' : 'warn'](facts, error.message)
    await engine.ledger.commit(progress, { row: outcome, ...(work && { totals: work.takeUsage() }) })
  }
}
