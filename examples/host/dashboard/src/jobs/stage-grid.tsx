import type { JobStatus } from '#contract/jobs.ts'
import type { JobProgress } from '#contract/live.ts'
import { whole } from '../parts/words.ts'

const STAGES = [
  { key: 'extraction', head: 'Extraction' },
  { key: 'transform', head: 'Transform' },
  { key: 'embedding', head: 'Embedding' },
] as const

type State = JobStatus['steps'][string]['extraction']
const FILLS: Record<State, string> = {
  idle: 'bg-transparent',
  running: 'bg-water flowing',
  finished: 'bg-reed',
  failed: 'bg-bad',
}

/** Steps by stages, as channels that fill from left to right. */
export function StageGrid({
  status,
  progress,
}: {
  readonly status: JobStatus
  readonly progress: JobProgress | undefined
}) {
  const steps = Object.entries(status.steps).sort(([, a], [, b]) => a.order - b.order)
  return (
    <table className="w-[calc(100%+0.75rem)] table-fixed border-separate -mx-1.5 border-spacing-x-1.5 border-spacing-y-1.5">
      <caption className="sr-only">Steps and their stages</caption>
      <thead>
        <tr className="text-left text-xs text-soft">
          <th scope="col" className="w-[34%] font-medium">
            Step
          </th>
          {STAGES.map(({ key, head }) => (
            <th key={key} scope="col" className="font-medium">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {steps.map(([name, step]) => (
          <tr key={name}>
            <th scope="row" className="pr-2 text-left text-sm font-normal" title={step.display_name}>
              {step.display_name}
            </th>
            {STAGES.map(({ key }) => (
              <td key={key}>
                <Channel
                  state={step[key]}
                  counted={progress?.counters.find((row) => row.step === name && row.stage === key)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Channel({
  state,
  counted,
}: {
  readonly state: State
  readonly counted: JobProgress['counters'][number] | undefined
}) {
  const settled = counted ? counted.done + counted.dead : 0
  const share = counted && counted.planned > 0 ? settled / counted.planned : 0
  const percent = state === 'finished' || state === 'failed' ? 100 : state === 'running' ? Math.max(8, share * 100) : 0
  // Only what is under way moves: a bar that still grows beside a badge that says FINISHED would be wrong.
  const motion = state === 'running' ? 'motion-safe:transition-[width] motion-safe:duration-500' : ''
  return (
    <div title={counted ? `${state}: ${whole(settled)} of ${whole(counted.planned)}` : state}>
      <span className="sr-only">{state}</span>
      <span aria-hidden className="block h-2.5 overflow-hidden rounded-full bg-sunken">
        <span className={`block h-full rounded-full ${motion} ${FILLS[state]}`} style={{ width: `${percent}%` }} />
      </span>
    </div>
  )
}
