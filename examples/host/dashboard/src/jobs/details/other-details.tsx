import { Part } from './part.tsx'
import type { SpecialProps } from './special-props.ts'
import { UnitQueues } from './unit-queue.tsx'
import { Watermarks } from './watermarks.tsx'

/** What any connector has: what each step reads one after the other, and how far it has read. */
export function OtherDetails({ job, counters }: SpecialProps) {
  const extractions = counters.filter(({ stage }) => stage === 'extraction')
  return (
    <>
      {!job.connector_registered && (
        <p className="rounded-xl bg-warn-ground px-4 py-3 text-grain">
          This program has no connector “{job.connector}”, so the job cannot run yet. Start one that has it, or choose
          another job.
        </p>
      )}
      {extractions.length > 0 && (
        <Part title="What is read">
          <div className="flex flex-col gap-4">
            <UnitQueues job={job} counters={extractions} />
          </div>
        </Part>
      )}
      <Part title="Checkpoints">
        <Watermarks
          checkpoint={job.checkpoint_data}
          steps={job.status_detail.steps}
          sayCursor={(cursor) => JSON.stringify(cursor)}
        />
      </Part>
    </>
  )
}
