import { isClosed, isSettled } from '../../completion/advance.ts'
import type { StageCounters } from '../../completion/run-graph.ts'
import type { RunSnapshot, RunTotals } from '../../ports/ledger.ts'
import type { KnownRun } from './observer.ts'
import type { SimulatedWorld } from './simulated-world.ts'
import { Violation } from './violation.ts'

/** Reads every run that has not ended, and compares it with what is known of it. */
export async function lookAtRuns(world: SimulatedWorld): Promise<void> {
  const running = new Map<number, number>()
  for (const run of world.observer.runs.values()) {
    if (run.ended) continue
    const snapshot = await world.stores.direct.ledger.run(run.ref.runId)
    if (!snapshot) throw new Violation('nothing lost', `run ${run.ref.runId} is gone`)
    checkCounters(run, snapshot)
    if (snapshot.state !== 'running') {
      run.ended = snapshot.state
      world.note(`run ${run.ref.runId} is ${snapshot.state}`)
      checkEnd(run, snapshot)
      continue
    }
    const other = running.get(snapshot.jobId)
    if (other !== undefined) {
      throw new Violation('one run at a time', `runs ${other} and ${snapshot.runId} of job ${snapshot.jobId} both run`)
    }
    running.set(snapshot.jobId, snapshot.runId)
  }
}

function checkCounters(run: KnownRun, { runId, counters }: RunSnapshot): void {
  for (const row of counters) {
    const facts = `run ${runId}, ${row.step}/${row.stage} is ${row.state}: ${row.planned} planned, ${row.done} done, ${row.dead} dead`
    const before = run.counters.get(stageOf(row))
    if (row.done + row.dead > row.planned) throw new Violation('counters are exact', facts)
    if (before && isClosed(before) && before.state !== row.state)
      throw new Violation('no early end', `${facts}, and was ${before.state}`)
    if (before && isClosed(before) && before.planned !== row.planned)
      throw new Violation('no early end', `${facts}, although it was closed at ${before.planned} planned`)
    if (before && (before.planned > row.planned || before.done > row.done || before.dead > row.dead))
      throw new Violation(
        'counters are exact',
        `${facts}, less than the ${before.planned} planned, ${before.done} done before`,
      )
    if (isClosed(row) && !isSettled(row)) throw new Violation('no early end', facts)
    const done = run.done.get(stageOf(row)) ?? 0
    if (row.done < done || row.done > done + run.inDoubt)
      throw new Violation('counters are exact', `${facts}, but ${done} rows were committed as done`)
    run.counters.set(stageOf(row), row)
  }
}

function checkEnd(run: KnownRun, { runId, state, counters, totals }: RunSnapshot): void {
  if (state !== 'cancelled') {
    const open = counters.find((row) => !isClosed(row))
    if (open)
      throw new Violation('no early end', `run ${runId} is ${state}, but ${open.step}/${open.stage} is ${open.state}`)
    const failed = counters.some((row) => row.dead > 0 || row.state === 'failed')
    if (failed !== (state === 'failed'))
      throw new Violation('dead rows are told', `run ${runId} is ${state}, with ${failed ? '' : 'no '}dead rows`)
  }
  // What was in doubt when a process died may have been committed or not.
  if (run.inDoubt > 0) return
  for (const name of Object.keys(run.totals) as (keyof RunTotals)[]) {
    if (totals[name] !== run.totals[name])
      throw new Violation(
        'effects are counted once',
        `run ${runId}: ${name} is ${totals[name]}, ${run.totals[name]} were committed`,
      )
  }
}

function stageOf({ step, stage }: Pick<StageCounters, 'step' | 'stage'>): string {
  return `${step}/${stage}`
}
