import { styleText } from 'node:util'
import type { ShownProgress, StageProgress } from './follow-progress.ts'
import { showBytes, showCount, showDuration, showRate } from './quantities.ts'
import { STAGE_WORDS } from './stage-words.ts'

const BAR_WIDTH = 24

const SIGNS = {
  idle: { sign: ' ', style: 'dim' },
  running: { sign: '…', style: 'cyan' },
  finished: { sign: '✓', style: 'green' },
  failed: { sign: '✗', style: 'red' },
} as const satisfies { readonly [state in StageProgress['state']]: object }

/** One line per step and stage, and one for all runs together. `stream` decides about colours. */
export function renderBars(progress: ShownProgress, stream: NodeJS.WriteStream): string {
  const nameWidth = Math.max(...progress.stages.map((stage) => stage.displayName.length), 0)
  const lines = progress.stages.map((stage) => renderStage(stage, nameWidth, stream))
  return [...lines, renderTotals(progress)].join('\n')
}

function renderStage(stage: StageProgress, nameWidth: number, stream: NodeJS.WriteStream): string {
  const { verb, items } = STAGE_WORDS[stage.stage]
  const { sign, style } = SIGNS[stage.state]
  const name = (stage.stage === 'extraction' ? stage.displayName : '').padEnd(nameWidth)
  const settled = stage.done + stage.dead
  const amount = `${showCount(settled)}/${showCount(stage.planned)} ${items}`.padEnd(22)
  const rate = (stage.ratePerSecond > 0 ? showRate(stage.ratePerSecond) : '').padStart(8)
  const time = (stage.seen ? showDuration(stage.elapsedMs) : '').padStart(7)
  const dead = stage.dead > 0 ? styleText('red', `  ${showCount(stage.dead)} failed`, { stream }) : ''
  const coloured = styleText(style, `${bar(stage, settled)} ${sign}`, { stream })
  return `${name}  ${verb.padEnd(9)} ${coloured} ${amount}${rate}${time}${dead}`
}

/** Never full before the stage is over: what is planned may still grow. */
function bar(stage: StageProgress, settled: number): string {
  const over = stage.state === 'finished' || stage.state === 'failed'
  const share = stage.planned === 0 ? 0 : settled / stage.planned
  const full = over ? BAR_WIDTH : Math.min(BAR_WIDTH - 1, Math.floor(share * BAR_WIDTH))
  return '█'.repeat(full).padEnd(BAR_WIDTH, '░')
}

function renderTotals({ totals, elapsedMs }: ShownProgress): string {
  return [
    `${showCount(totals.rowsWritten)} rows written`,
    `${showCount(totals.embedded)} texts embedded`,
    `${showCount(totals.apiCalls)} API calls`,
    showBytes(totals.bytesReceived),
    showDuration(elapsedMs),
  ].join(' · ')
}
