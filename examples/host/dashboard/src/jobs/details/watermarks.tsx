import type { JobStatus } from '#contract/jobs.ts'
import { Cell, Table } from '../../parts/table.tsx'
import { moment, whole } from '../../parts/words.ts'
import { type Checkpoint, readCheckpoint } from './checkpoint.ts'

/** How far a job has read, step by step, and what it goes on with. */
export function Watermarks(props: {
  readonly checkpoint: unknown
  readonly steps: JobStatus['steps']
  /** What a cursor says, in words. */
  readonly sayCursor: (cursor: Checkpoint['unfinished'][number]['cursor']) => string
}) {
  const found = readCheckpoint(props.checkpoint)
  const nameOf = (step: string): string => props.steps[step]?.display_name ?? step
  const steps = Object.entries(found?.steps ?? {}).sort(
    ([a], [b]) => (props.steps[a]?.order ?? 0) - (props.steps[b]?.order ?? 0),
  )
  if (!found || steps.length + found.unfinished.length === 0) {
    return <p className="text-soft">None yet: the next run reads everything from the beginning.</p>
  }
  return (
    <div className="flex flex-col gap-4">
      {steps.length > 0 && (
        <Table caption="Checkpoints" heads={['Step', 'Units', 'All read until', 'Some until']}>
          {steps.map(([step, { units, oldest, newest }]) => (
            <tr key={step} className="text-sm">
              <Cell className="font-medium">{nameOf(step)}</Cell>
              <Cell>{whole(units)}</Cell>
              <Cell className="whitespace-nowrap">{oldest ? moment(oldest) : '–'}</Cell>
              <Cell className="whitespace-nowrap text-soft">{newest ? moment(newest) : '–'}</Cell>
            </tr>
          ))}
        </Table>
      )}
      {found.unfinished.length > 0 && (
        <Table caption="Where the next run goes on" heads={['Step', 'Unit', 'Goes on at']}>
          {found.unfinished.map(({ step, unit, cursor }) => (
            <tr key={`${step} ${unit}`} className="text-sm">
              <Cell className="font-medium">{nameOf(step)}</Cell>
              <Cell className="wrap-anywhere">{unit ?? '–'}</Cell>
              <Cell className="wrap-anywhere text-soft">{props.sayCursor(cursor)}</Cell>
            </tr>
          ))}
        </Table>
      )}
    </div>
  )
}
