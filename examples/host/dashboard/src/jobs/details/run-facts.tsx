import { TriangleAlert } from 'lucide-react'
import { useAnswer } from '../../api/use-api.ts'
import { Answer } from '../../parts/states.tsx'
import { bytes, duration, whole } from '../../parts/words.ts'
import { Facts } from './part.tsx'
import { StageCounts } from './stage-counts.tsx'

/** What a run did, stage by stage, what it warns of, and what failed in it with what to do. */
export function RunFacts({ jobId, runId }: { readonly jobId: number; readonly runId: number }) {
  const run = useAnswer('showRun', { params: { id: jobId, run_id: runId } }, { refreshMs: 5_000 })
  return (
    <Answer query={run}>
      {(found) => (
        <div className="flex flex-col gap-4">
          <Facts
            of={{
              Duration: duration(found.duration_ms),
              'API calls': whole(found.api_calls),
              Received: bytes(found.bytes_received),
              'Rows written': whole(found.rows_written),
              'Rows removed': whole(found.rows_removed),
              Embedded: whole(found.embedded),
              'Failed rows': whole(found.dead_rows),
              'Peak memory': bytes(found.peak_memory_bytes),
            }}
          />
          <StageCounts stages={found.stages} />
          {found.warnings.map(({ step, about, message }) => (
            <div key={`${step} ${about}`} className="flex gap-3 rounded-xl bg-warn-ground px-4 py-3 text-sm">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-grain" />
              <div className="min-w-0">
                <p className="break-words font-medium text-grain">{about}</p>
                <p className="break-words">{message}</p>
                <p className="text-soft">{step}</p>
              </div>
            </div>
          ))}
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
