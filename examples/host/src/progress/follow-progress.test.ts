import type { JobStatus, RunEvent, StageCounters } from '@millrace/core'
import { expect, test } from 'vitest'
import { followProgress, type Progress } from './follow-progress.ts'
import { lineDisplay } from './line-display.ts'
import { renderBars } from './render-bars.ts'

type States = Pick<JobStatus['steps'][string], 'extraction' | 'transform' | 'embedding'>

const TOTALS = {
  apiCalls: 3,
  bytesReceived: 2_500,
  rowsWritten: 1_234,
  rowsRemoved: 0,
  embedded: 7,
  embeddingsQueued: 7,
  peakMemoryBytes: 90_000_000,
}

const status = (revision: number, states: States): RunEvent => ({
  type: revision === 0 ? 'run-started' : 'status',
  runId: 1,
  status: {
    overall: 'RUNNING',
    revision,
    open_dead_letters: 0,
    steps: { issues: { order: 1, display_name: 'Issues', ...states } },
  },
})

const progress = (...counters: readonly Omit<StageCounters, 'step'>[]): RunEvent => ({
  type: 'progress',
  runId: 1,
  counters: counters.map((row) => ({ step: 'issues', ...row })),
  totals: TOTALS,
})

const IDLE: States = { extraction: 'idle', transform: 'idle', embedding: 'idle' }

/** A run in which extraction is planned, two of four units are read, and then all. */
const STORY: readonly (readonly [nowMs: number, event: RunEvent])[] = [
  [1_000, status(0, IDLE)],
  [
    1_500,
    progress(
      { stage: 'plan', state: 'running', planned: 1, done: 0, dead: 0 },
      { stage: 'extraction', state: 'idle', planned: 0, done: 0, dead: 0 },
    ),
  ],
  [
    2_500,
    progress(
      { stage: 'plan', state: 'finished', planned: 1, done: 1, dead: 0 },
      { stage: 'extraction', state: 'running', planned: 4, done: 2, dead: 0 },
    ),
  ],
  [
    3_500,
    progress(
      { stage: 'plan', state: 'finished', planned: 1, done: 1, dead: 0 },
      { stage: 'extraction', state: 'failed', planned: 4, done: 3, dead: 1 },
    ),
  ],
  [9_500, status(3, { ...IDLE, extraction: 'failed', transform: 'running' })],
]

function tell(until: number): Progress {
  const last = STORY.slice(0, until).reduce<Progress | undefined>(
    (before, [nowMs, event]) => followProgress(before, event, nowMs),
    undefined,
  )
  if (!last) throw new Error('no story')
  return last
}

test('planning counts as extraction, and its time as well', () => {
  expect(tell(2).stages[0]).toMatchObject({ stage: 'extraction', state: 'running', planned: 0, elapsedMs: 0 })
  expect(tell(3).stages[0]).toMatchObject({ state: 'running', planned: 4, done: 2, elapsedMs: 1_000, ratePerSecond: 2 })
})

test('a stage that is over keeps its time and rate', () => {
  const [extraction] = tell(5).stages
  expect(extraction).toMatchObject({ state: 'failed', done: 3, dead: 1, elapsedMs: 2_000, ratePerSecond: 2 })
  expect(tell(5)).toMatchObject({ elapsedMs: 8_500, totals: TOTALS })
})

test('without a terminal, a line tells each change of a stage, and a sign of life every few seconds', () => {
  const lines: string[] = []
  const display = lineDisplay((text) => lines.push(text.trimEnd()))
  for (let told = 1; told <= STORY.length; told++) display.show(tell(told))
  display.show({ ...tell(5), elapsedMs: 10_000 })
  display.show({ ...tell(5), elapsedMs: 13_600 })
  expect(lines).toEqual([
    '0:00  Issues: extract started',
    '0:02  Issues: extract failed',
    '0:08  Issues: transform started',
    '0:13  Issues: transform 0/0 pages · 1,234 rows written',
  ])
})

test('on a terminal, each stage has a bar, which is full only when the stage is over', () => {
  const all = { planned: 4, done: 4, dead: 0 }
  const full = followProgress(tell(3), progress({ stage: 'extraction', state: 'running', ...all }), 3_000)
  const [bar] = renderBars(full, process.stdout).split('\n')
  expect(bar).toContain('░')
  expect(bar).toContain('4/4 units')
  const over = followProgress(full, progress({ stage: 'extraction', state: 'finished', ...all }), 4_000)
  const [fullBar] = renderBars(over, process.stdout).split('\n')
  expect(fullBar).not.toContain('░')
  expect(renderBars(over, process.stdout)).toMatch(
    /1,234 rows written · 7 texts embedded · 3 API calls · 2\.5 kB · 0:03$/,
  )
})
