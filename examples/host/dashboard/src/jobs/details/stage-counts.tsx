import type { RunDetails } from '#contract/runs.ts'
import { Cell, Table } from '../../parts/table.tsx'
import { whole } from '../../parts/words.ts'

const STAGES = ['extraction', 'transform', 'embedding'] as const

/** Of each step, how much of what was planned is done, and how much failed. */
export function StageCounts({ stages }: { readonly stages: RunDetails['stages'] }) {
  const steps = [...new Map(stages.map(({ step, display_name }) => [step, display_name]))]
  return (
    <Table caption="Steps of the run" heads={['Step', 'Extraction', 'Transform', 'Embedding']}>
      {steps.map(([step, name]) => (
        <tr key={step} className="text-sm">
          <Cell className="font-medium">{name}</Cell>
          {STAGES.map((stage) => {
            const row = stages.find((each) => each.step === step && each.stage === stage)
            return (
              <Cell key={stage} className="whitespace-nowrap">
                {row && row.planned > 0 ? `${whole(row.done)} of ${whole(row.planned)}` : '–'}
                {row && row.dead > 0 && <span className="text-bad"> · {whole(row.dead)} failed</span>}
              </Cell>
            )
          })}
        </tr>
      ))}
    </Table>
  )
}
