import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance, isClosed, isSettled } from './advance.ts'
import { type GraphStep, type RunGraph, STAGES, type Stage, type StageCounters } from './run-graph.ts'

type Row = { -readonly [Key in keyof StageCounters]: StageCounters[Key] }

function step(name: string, edges: { after?: string[]; spawns?: string[] } = {}): GraphStep {
  return { name, displayName: name, order: 1, after: edges.after ?? [], spawns: edges.spawns ?? [] }
}

/** Counters of a run that a test moves by hand, with everything applied that follows. */
function runOf(graph: RunGraph) {
  const rows: Row[] = graph.steps.flatMap(({ name }) =>
    STAGES.map((stage): Row => ({ step: name, stage, state: 'idle', planned: 0, done: 0, dead: 0 })),
  )
  const row = (name: string, stage: Stage): Row => {
    const found = rows.find((candidate) => candidate.step === name && candidate.stage === stage)
    if (!found) throw new Error(`no ${name} ${stage}`)
    return found
  }
  let ended: string | undefined
  const apply = (): void => {
    const next = advance(graph, rows)
    for (const { step: name, stage, state } of next.states) row(name, stage).state = state
    for (const name of next.startPlans) row(name, 'plan').planned += 1
    if (next.states.length + next.startPlans.length > 0) apply()
    else ended = next.ended
  }
  const move = (name: string, stage: Stage, delta: Partial<Pick<Row, 'planned' | 'done' | 'dead'>>): void => {
    const found = row(name, stage)
    for (const [key, value] of Object.entries(delta)) found[key as 'planned' | 'done' | 'dead'] += value
    apply()
  }
  apply()
  return {
    rows,
    row,
    move,
    ended: () => ended,
    states: (name: string) => STAGES.map((stage) => row(name, stage).state).join(' '),
  }
}

test('a step goes through its stages in order and the run ends with the last one', () => {
  const run = runOf({ steps: [step('a')] })
  expect(run.states('a')).toBe('running idle idle idle')
  run.move('a', 'extraction', { planned: 1 })
  run.move('a', 'plan', { done: 1 })
  expect(run.states('a')).toBe('finished running idle idle')
  run.move('a', 'transform', { planned: 1 })
  run.move('a', 'extraction', { done: 1 })
  expect(run.states('a')).toBe('finished finished running idle')
  run.move('a', 'embedding', { planned: 1 })
  run.move('a', 'transform', { done: 1 })
  expect(run.ended()).toBeUndefined()
  run.move('a', 'embedding', { done: 1 })
  expect(run.states('a')).toBe('finished finished finished finished')
  expect(run.ended()).toBe('finished')
})

test('a stage with nothing planned is finished', () => {
  const run = runOf({ steps: [step('a')] })
  run.move('a', 'plan', { done: 1 })
  expect(run.states('a')).toBe('finished finished finished finished')
  expect(run.ended()).toBe('finished')
})

test('a step waits until the rows of its predecessors are transformed', () => {
  const run = runOf({ steps: [step('a'), step('b', { after: ['a'] })] })
  run.move('a', 'extraction', { planned: 1 })
  run.move('a', 'transform', { planned: 1 })
  run.move('a', 'plan', { done: 1 })
  run.move('a', 'extraction', { done: 1 })
  expect(run.states('b')).toBe('idle idle idle idle')
  run.move('a', 'transform', { done: 1 })
  expect(run.states('b')).toBe('running idle idle idle')
})

test('a step that others spawn into closes after them', () => {
  const run = runOf({ steps: [step('a', { spawns: ['b'] }), step('b')] })
  run.move('b', 'plan', { done: 1 })
  expect(run.states('b')).toBe('finished idle idle idle')
  run.move('a', 'extraction', { planned: 1 })
  run.move('a', 'plan', { done: 1 })
  run.move('b', 'extraction', { planned: 1 })
  run.move('a', 'extraction', { done: 1 })
  expect(run.states('b')).toBe('finished running idle idle')
  run.move('b', 'extraction', { done: 1 })
  expect(run.ended()).toBe('finished')
})

test('dead rows fail their stage, and steps that wait for it start all the same', () => {
  const run = runOf({ steps: [step('a'), step('b', { after: ['a'] })] })
  run.move('a', 'transform', { planned: 2 })
  run.move('a', 'plan', { done: 1 })
  run.move('a', 'transform', { done: 1, dead: 1 })
  expect(run.states('a')).toBe('finished finished failed finished')
  run.move('b', 'plan', { done: 1 })
  expect(run.ended()).toBe('failed')
})

test('when planning fails, the step fails and so do those that wait for it', () => {
  const run = runOf({ steps: [step('a'), step('b', { after: ['a'] }), step('c', { after: ['b'] })] })
  run.move('a', 'plan', { dead: 1 })
  expect(run.states('a')).toBe('failed failed finished finished')
  expect(run.states('c')).toBe('failed failed finished finished')
  expect(run.ended()).toBe('failed')
})

test('however work is interleaved, no stage closes early, none opens again, and the run ends', () => {
  const graph: RunGraph = {
    steps: [step('a', { spawns: ['b'] }), step('b'), step('c', { after: ['a'] }), step('d', { after: ['b', 'c'] })],
  }
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(1_000)), (choices) => {
      const run = runOf(graph)
      const dice = (sides: number): number => (choices.next().value as number) % sides
      const closedBefore = new Set<Row>()
      for (let turn = 0; run.ended() === undefined; turn += 1) {
        expect(turn).toBeLessThan(2_000)
        const open = run.rows.filter((row) => !isSettled(row))
        const row = open[dice(open.length)]
        if (!row) throw new Error('the run is stuck: nothing is outstanding and it has not ended')
        const settled = dice(6) === 0 ? { dead: 1 } : { done: 1 }
        const births: [string, Stage, number][] = []
        if (turn < 60 && row.stage === 'plan') births.push([row.step, 'extraction', dice(4)])
        if (turn < 60 && row.stage === 'extraction') births.push([row.step, 'transform', dice(3)])
        if (turn < 60 && row.stage === 'extraction' && row.step === 'a') births.push(['b', 'extraction', dice(2)])
        if (turn < 60 && row.stage === 'transform') births.push([row.step, 'embedding', dice(2)])
        // One commit: births and the row's own fate are counted before anything follows.
        for (const [name, stage, planned] of births) {
          expect(planned === 0 || !isClosed(run.row(name, stage)), `${name} ${stage} is open for births`).toBe(true)
          run.row(name, stage).planned += planned
        }
        run.move(row.step, row.stage, settled)
        for (const found of run.rows) {
          if (closedBefore.has(found)) expect(isClosed(found)).toBe(true)
          if (isClosed(found)) closedBefore.add(found)
          if (isClosed(found)) expect(isSettled(found)).toBe(true)
        }
      }
      expect(run.rows.every(isClosed)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
