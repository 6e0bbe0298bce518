import type { StageCounters } from '#contract/runs.ts'
import { whole } from '../../parts/words.ts'
import type { SpecialProps } from './special-props.ts'

/** The queues of several steps. */
export function UnitQueues({ job, counters }: SpecialProps) {
  return counters.map((row) => (
    <UnitQueue key={row.step} label={job.status_detail.steps[row.step]?.display_name ?? row.step} counters={row} />
  ))
}

/** What a step reads one after the other: what is read, what failed and what waits. */
export function UnitQueue({
  label,
  counters,
}: {
  readonly label: string
  readonly counters: StageCounters | undefined
}) {
  const { planned, done, dead } = counters ?? { planned: 0, done: 0, dead: 0 }
  const waiting = Math.max(0, planned - done - dead)
  const share = (count: number): string => `${planned === 0 ? 0 : (count / planned) * 100}%`
  return (
    <div>
      <p className="flex flex-wrap justify-between gap-x-4 text-sm">
        <span className="font-medium">{label}</span>
        <span className="text-soft">
          {planned === 0
            ? 'none in this run'
            : `${whole(done)} of ${whole(planned)} read, ${whole(waiting)} waiting${dead > 0 ? `, ${whole(dead)} failed` : ''}`}
        </span>
      </p>
      <span aria-hidden className="mt-1.5 flex h-2.5 overflow-hidden rounded-full bg-sunken">
        <span className="bg-reed" style={{ width: share(done) }} />
        <span className="bg-bad" style={{ width: share(dead) }} />
      </span>
    </div>
  )
}
