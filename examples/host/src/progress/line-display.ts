import type { Display } from './display.ts'
import type { ShownProgress, StageProgress } from './follow-progress.ts'
import { showCount, showDuration } from './quantities.ts'
import { STAGE_WORDS } from './stage-words.ts'

const QUIET_MS = 5_000

/** For logs and pipes: a line when a stage begins or ends, and a sign of life now and then. */
export function lineDisplay(write: (text: string) => void): Display {
  let before: ShownProgress | undefined
  let spokeAtMs = 0
  let lastNote = ''
  const say = (line: string): void => write(`${line}\n`)
  return {
    say,
    status: say,
    note: (line) => {
      if (line !== lastNote) say(`  note: ${line}`)
      lastNote = line
    },
    show: (progress) => {
      const time = showDuration(progress.elapsedMs)
      const changes = progress.stages.flatMap((stage) => describeChange(stageBefore(before, stage), stage))
      for (const change of changes) say(`${time}  ${change}`)
      const due = progress.elapsedMs - spokeAtMs >= QUIET_MS
      if (changes.length === 0 && due) say(`${time}  ${signOfLife(progress)}`)
      if (changes.length > 0 || due) spokeAtMs = progress.elapsedMs
      before = progress
    },
    end: () => undefined,
  }
}

function stageBefore(before: ShownProgress | undefined, { step, stage }: StageProgress): StageProgress | undefined {
  return before?.stages.find((old) => old.step === step && old.stage === stage)
}

function describeChange(old: StageProgress | undefined, stage: StageProgress): readonly string[] {
  if (stage.state === (old?.state ?? 'idle')) return []
  return [
    `${stage.displayName}: ${STAGE_WORDS[stage.stage].verb} ${stage.state === 'running' ? 'started' : stage.state}`,
  ]
}

function signOfLife({ stages, totals }: ShownProgress): string {
  const running = stages
    .filter((stage) => stage.state === 'running')
    .map(({ displayName, stage, done, dead, planned }) => {
      const { verb, items } = STAGE_WORDS[stage]
      return `${displayName}: ${verb} ${showCount(done + dead)}/${showCount(planned)} ${items}`
    })
  return `${[...running, `${showCount(totals.rowsWritten)} rows written`].join(' · ')}`
}
