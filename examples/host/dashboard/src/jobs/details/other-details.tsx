import { Part } from './part.tsx'
import type { SpecialProps } from './special-props.ts'
import { Watermarks } from './watermarks.tsx'

/** What any connector has. */
export function OtherDetails({ job }: SpecialProps) {
  return (
    <Part title="Checkpoints">
      <Watermarks
        checkpoint={job.checkpoint_data}
        steps={job.status_detail.steps}
        sayCursor={(cursor) => JSON.stringify(cursor)}
      />
    </Part>
  )
}
