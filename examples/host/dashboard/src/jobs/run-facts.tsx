import { TriangleAlert } from 'lucide-react'
import { useAnswer } from '../api/use-api.ts'
import { Answer } from '../parts/states.tsx'
import { bytes, duration, whole } from '../parts/words.ts'

/** What a run did, stage by stage, and what failed in it with what to do. */
export function RunFacts({ jobId, runId }: { readonly jobId: number; readonly runId: number }) {
  const run = useAnswer('showRun', { params: { id: jobId, run_id: runId } }, { refreshMs: 5_000 })
  return (
    <Answer query={run}>
      {(found) => (
        <div className="flex flex-col gap-4">
          <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
            <Fact name="Duration" value={duration(found.duration_ms)} />
            <Fact name="API calls" value={whole(found.api_calls)} />
            <Fact name="Received" value={bytes(found.bytes_received)} />
            <Fact name="Rows written" value={whole(found.rows_written)} />
            <Fact name="Rows removed" value={whole(found.rows_removed)} />
            <Fact name="Embedded" value={whole(found.embedded)} />
            <Fact name="Failed rows" value={whole(found.dead_rows)} />
            <Fact name="Peak memory" value={bytes(found.peak_memory_bytes)} />
          </dl>
          {found.failures.map((failure) => (
            <div
              key={`${failure.step} ${failure.job_type} ${failure.code}`}
              className="flex gap-3 rounded-xl bg-bad-ground px-4 py-3 text-sm"
            >
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
              <div className="min-w-0">
                <p className="break-words font-medium text-bad">{failure.message}</p>
                <p className="text-soft">
                  {whole(failure.count)} × {failure.code} in {failure.step} ({failure.job_type})
                </p>
                {failure.remedy && <p className="mt-1">{failure.remedy}</p>}
              </div>
            </div>
          ))}
        </div>
      )}
    </Answer>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="rounded-xl bg-sunken px-4 py-3">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="text-lg font-semibold">{value}</dd>
    </div>
  )
}
