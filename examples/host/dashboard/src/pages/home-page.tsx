import { Plus, Waypoints } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { JobCard as Job } from '#contract/jobs.ts'
import { JobDetailsModal } from '../jobs/details/job-details-modal.tsx'
import { JobCard } from '../jobs/job-card.tsx'
import { JobSettingsModal } from '../jobs/job-settings-modal.tsx'
import { NewJobModal } from '../jobs/new-job-modal.tsx'
import { useJobs } from '../live/use-jobs.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { useSession } from '../session/session.tsx'

export function HomePage() {
  const jobs = useJobs()
  const [settingsOf, setSettingsOf] = useState<number | null>(null)
  const [detailsOf, setDetailsOf] = useState<number | null>(null)
  const [adding, setAdding] = useState(false)
  const { may } = useSession()
  const find = (id: number | null): Job | undefined => jobs.data?.find((job) => job.id === id)
  const inSettings = find(settingsOf)
  const inDetails = find(detailsOf)
  return (
    <>
      <PageHead
        title="ETL Jobs Dashboard"
        actions={
          <>
            <Tally jobs={jobs.data ?? []} />
            {may('admin') && (
              <Button onClick={() => setAdding(true)}>
                <Plus aria-hidden className="size-4" /> Add job
              </Button>
            )}
          </>
        }
      >
        Monitor and control your autonomous data synchronization jobs
      </PageHead>
      <Answer query={jobs}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={Waypoints} title="No jobs yet">
              A job mirrors one account.{' '}
              <Link to="/integrations" className="text-water underline">
                Add an integration
              </Link>{' '}
              first, and then the job that reads it.
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
      {adding && <NewJobModal onClose={() => setAdding(false)} />}
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
