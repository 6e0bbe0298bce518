import { Waypoints } from 'lucide-react'
import { useState } from 'react'
import type { JobCard as Job } from '#contract/jobs.ts'
import { useAnswer } from '../api/use-api.ts'
import { JobCard } from '../jobs/job-card.tsx'
import { JobDetailsModal } from '../jobs/job-details-modal.tsx'
import { JobSettingsModal } from '../jobs/job-settings-modal.tsx'
import { Badge } from '../parts/badge.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'

/** Reads everything again now and then, beside what is announced: an announcement can be lost. */
const REFRESH_MS = 15_000

export function HomePage() {
  const jobs = useAnswer('listJobs', {}, { refreshMs: REFRESH_MS })
  const [settingsOf, setSettingsOf] = useState<number | null>(null)
  const [detailsOf, setDetailsOf] = useState<number | null>(null)
  const find = (id: number | null): Job | undefined => jobs.data?.find((job) => job.id === id)
  const inSettings = find(settingsOf)
  const inDetails = find(detailsOf)
  return (
    <>
      <PageHead title="ETL Jobs Dashboard" actions={<Tally jobs={jobs.data ?? []} />}>
        Monitor and control your autonomous data synchronization jobs
      </PageHead>
      <Answer query={jobs}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={Waypoints} title="No jobs yet">
              A job mirrors one account. Add an integration, and the job that reads it appears here.
            </Empty>
          ) : (
            <ul className="grid gap-5 xl:grid-cols-2">
              {list.map((job) => (
                <li key={job.id} className="min-w-0">
                  <JobCard job={job} onSettings={() => setSettingsOf(job.id)} onDetails={() => setDetailsOf(job.id)} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {inSettings && <JobSettingsModal job={inSettings} onClose={() => setSettingsOf(null)} />}
      {inDetails && <JobDetailsModal job={inDetails} onClose={() => setDetailsOf(null)} />}
    </>
  )
}

function Tally({ jobs }: { readonly jobs: readonly Job[] }) {
  const running = jobs.filter((job) => job.status === 'RUNNING').length
  const failed = jobs.filter((job) => job.status === 'FAILED').length
  return (
    <>
      {running > 0 && <Badge look="busy">{running} running</Badge>}
      {failed > 0 && <Badge look="bad">{failed} failed</Badge>}
      {jobs.length > 0 && <Badge>{jobs.filter((job) => job.active).length} switched on</Badge>}
    </>
  )
}
