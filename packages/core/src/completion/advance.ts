import type { GraphStep, RunGraph, Stage, StageCounters, StageState } from './run-graph.ts'

/** What follows from a run's counters, to be applied in the transaction that read them. */
export interface Advance {
  /** Stages whose state changes. */
  readonly states: readonly { readonly step: string; readonly stage: Stage; readonly state: StageState }[]
  /** Steps whose plan row is now due. Creating it adds 1 to the plan stage's `planned`. */
  readonly startPlans: readonly string[]
  /** Set when every stage of every step is closed. */
  readonly ended?: 'finished' | 'failed'
}

/**
 * Decides what follows from the counters of a run. Pure and idempotent: applied twice it changes nothing more.
 *
 * - A plan stage starts when the transform stage of every step in `after` is closed; when planning of one of those
 *   failed, the step fails without being planned.
 * - Extraction closes when its planning is done, every step that may spawn into it is closed, and its rows are settled.
 * - Transform closes after extraction, embedding after transform, each when its rows are settled.
 * - A closed stage is `failed` when it has dead rows or its planning failed, else `finished`. It never opens again.
 */
export function advance(graph: RunGraph, counters: readonly StageCounters[]): Advance {
  const stages = new Map(counters.map((row) => [stageKey(row.step, row.stage), { ...row }]))
  const states: { step: string; stage: Stage; state: StageState }[] = []
  const startPlans: string[] = []
  const at = (step: string, stage: Stage): StageCounters => {
    const found = stages.get(stageKey(step, stage))
    if (!found) throw new RangeError(`no counters for stage ${stage} of step ${step}`)
    return found
  }
  const move = (row: StageCounters, state: StageState): void => {
    stages.set(stageKey(row.step, row.stage), { ...row, state })
    states.push({ step: row.step, stage: row.stage, state })
  }

  for (const step of inOrder(graph)) {
    const plan = at(step.name, 'plan')
    if (plan.state === 'idle' && step.after.every((name) => isClosed(at(name, 'transform')))) {
      const planless = step.after.some((name) => at(name, 'plan').state === 'failed')
      move(plan, planless ? 'failed' : 'running')
      if (!planless) startPlans.push(step.name)
    } else if (plan.state === 'running' && plan.planned > 0 && isSettled(plan)) {
      move(plan, plan.dead > 0 ? 'failed' : 'finished')
    }
    const spawners = graph.steps.filter((other) => other.spawns.includes(step.name))
    const planned = isClosed(at(step.name, 'plan')) && spawners.every((other) => isClosed(at(other.name, 'extraction')))
    const failed = at(step.name, 'plan').state === 'failed'
    settle(at(step.name, 'extraction'), planned, failed, move)
    settle(at(step.name, 'transform'), isClosed(at(step.name, 'extraction')), false, move)
    settle(at(step.name, 'embedding'), isClosed(at(step.name, 'transform')), false, move)
  }

  const all = [...stages.values()]
  if (!all.every(isClosed)) return { states, startPlans }
  return { states, startPlans, ended: all.some((row) => row.state === 'failed') ? 'failed' : 'finished' }
}

function settle(
  row: StageCounters,
  mayClose: boolean,
  planFailed: boolean,
  move: (row: StageCounters, state: StageState) => void,
): void {
  if (isClosed(row)) return
  if (mayClose && isSettled(row)) move(row, row.dead > 0 || planFailed ? 'failed' : 'finished')
  else if (row.state === 'idle' && row.planned > 0) move(row, 'running')
}

/** True when nothing of the stage is outstanding. A cheap test for "this commit may close something". */
export function isSettled(row: Pick<StageCounters, 'planned' | 'done' | 'dead'>): boolean {
  return row.planned === row.done + row.dead
}

export function isClosed(row: Pick<StageCounters, 'state'>): boolean {
  return row.state === 'finished' || row.state === 'failed'
}

/** Steps such that each comes after those it waits for, so that one pass cascades everything. */
function inOrder(graph: RunGraph): readonly GraphStep[] {
  const ordered: GraphStep[] = []
  const visit = (step: GraphStep): void => {
    if (ordered.includes(step)) return
    for (const other of graph.steps) {
      if (step.after.includes(other.name) || other.spawns.includes(step.name)) visit(other)
    }
    ordered.push(step)
  }
  for (const step of graph.steps) visit(step)
  return ordered
}

function stageKey(step: string, stage: Stage): string {
  return `${step}/${stage}`
}
