import { isDatabasesFault } from '../errors/is-databases-fault.ts'
import { isMillraceError } from '../errors/millrace-error.ts'
import type { Commit, Lease } from '../ports/ledger.ts'
import { blockForAll, scopeOf } from './block-for-all.ts'
import { embedRows } from './embed-rows.ts'
import type { Engine } from './engine.ts'
import { extractUnit } from './extract-unit.ts'
import { asMillraceError, outcomeOf } from './failure.ts'
import { openWork, type Work } from './open-work.ts'
import { planStep } from './plan-step.ts'
import { rowFacts } from './row-facts.ts'
import { transformRecord } from './transform-record.ts'
import type { RowFate } from './watch-row.ts'

const WORK = {
  plan: planStep,
  extract: extractUnit,
  transform: transformRecord,
  embed: embedRows,
} as const satisfies { readonly [jobType: string]: (work: Work) => Promise<void> }

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/**
 * Does the work of one leased row and commits what becomes of it.
 *
 * The way of a page: `plan` enumerates units → `extract` fetches a page and stores it raw, with its cursor and its
 * transform row → `transform` reads it, computes changes and loads them, with embed rows for what changed → `embed`
 * writes vectors. Each arrow is one commit; a crash between two of them repeats the work, not its effect.
 *
 * Resolves when the row's fate is committed or the lease is lost. While the ledger cannot be reached, it waits: nobody else
 * would take the row, since this worker lives. Rejects when that is aborted, or the ledger refuses for good.
 *
 * @param onProgress is told when a commit moved the row's cursor
 */
export async function perform(
  engine: Engine,
  lease: Lease,
  signal: AbortSignal,
  onProgress: () => void = () => undefined,
): Promise<RowFate> {
  let progress = lease
  let fate: RowFate = { outcome: 'leased' }
  let work: Work | undefined
  try {
    work = openWork(engine, lease, signal, {
      onProgress: (current) => {
        progress = current
        if (!current.suspect) onProgress()
      },
      onFate: (outcome) => {
        fate = { outcome }
      },
    })
    await WORK[lease.jobType](work)
    return fate
  } catch (caught) {
    // What an abort interrupted is nobody's failure; the row goes to whoever is still working.
    const handedBack = signal.aborted && (caught === signal.reason || !isMillraceError(caught) || caught.retryable)
    const error = asMillraceError(caught, `${lease.jobType} ${lease.step}`, true)
    const outcome = handedBack
      ? ({ to: 'pending', delayMs: 0, refund: true } as const)
      : outcomeOf(error, progress, engine)
    const facts = { ...rowFacts(lease), code: error.code, outcome: outcome.to }
    if (!handedBack) engine.log[outcome.to === 'dead' ? 'error' : 'warn'](facts, error.message)
    if (error.code === 'RATE_LIMITED' && error.retryAt) await blockForAll(engine, scopeOf(lease), error.retryAt)
    const commit = { row: outcome, ...work?.takeAlong() }
    if ((await commitPatiently(engine, progress, commit, signal)) === 'fenced') return { outcome: 'fenced' }
    return handedBack ? { outcome: 'handed-back' } : { outcome: outcome.to, code: error.code }
  }
}

/** Gives a row back as it was, for somebody to take it in a while. */
export async function handBack(engine: Engine, lease: Lease, delayMs: number, signal: AbortSignal): Promise<void> {
  await commitPatiently(engine, lease, { row: { to: 'pending', delayMs, refund: true } }, signal)
}

async function commitPatiently(
  { ledger, clock, log }: Engine,
  lease: Lease,
  commit: Commit,
  signal: AbortSignal,
): Promise<'committed' | 'fenced'> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ledger.commit(lease, commit)
    } catch (error) {
      if (!isMillraceError(error) || !isDatabasesFault(error) || signal.aborted) throw error
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
      log.warn(
        { ...rowFacts(lease), code: error.code, pauseMs },
        'The ledger does not take a commit; the row waits for it.',
      )
      await clock.sleep(pauseMs, signal)
    }
  }
}
