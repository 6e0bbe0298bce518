import { type ComponentType, lazy, Suspense, useState } from 'react'
import type { JobCard } from '#contract/jobs.ts'
import type { Run } from '#contract/runs.ts'
import { useAction, useAnswer } from '../../api/use-api.ts'
import { useLive } from '../../live/live.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Modal } from '../../parts/modal.tsx'
import { Answer, Loading, Trouble } from '../../parts/states.tsx'
import { duration, moment, whole } from '../../parts/words.ts'
import { useSession } from '../../session/session.tsx'
import { OverallBadge } from '../overall-badge.tsx'
import { StageGrid } from '../stage-grid.tsx'
import { GithubDetails } from './github-details.tsx'
import { JiraDetails } from './jira-details.tsx'
import { OtherDetails } from './other-details.tsx'
import { Part } from './part.tsx'
import { RunFacts } from './run-facts.tsx'
import type { SpecialProps } from './special-props.ts'

const RunCharts = lazy(() => import('./run-charts.tsx'))

/** What one looks for in a job of this kind. */
const KINDS: Readonly<Record<string, { readonly about: string; readonly Special: ComponentType<SpecialProps> }>> = {
  jira: {
    about: 'Projects, statuses, issues with their changelogs, and development status, as Jira has them',
    Special: JiraDetails,
  },
  github: {
    about: 'Repositories, pull requests, commits, reviews and comments, as GitHub has them',
    Special: GithubDetails,
  },
}
const HISTORY = 30

export function JobDetailsModal({ job, onClose }: { readonly job: JobCard; readonly onClose: () => void }) {
  const { progress } = useLive()
  const { may } = useSession()
  const details = useAnswer('showJob', { params: { id: job.id } })
  const runs = useAnswer('listRuns', { params: { id: job.id }, query: { limit: HISTORY } })
  const [chosen, setChosen] = useState<number | null>(null)
  const reset = useAction('resetJob', {
    spoils: ['listJobs', 'listRuns', 'showJob'],
    success: ({ message }) => message,
  })
  const latest = runs.data?.[0]?.run_id
  const shown = chosen ?? latest
  const lastRun = useAnswer(
    'showRun',
    { params: { id: job.id, run_id: latest ?? 0 } },
    { enabled: latest !== undefined },
  )
  const live = job.status === 'RUNNING' ? progress.get(job.id) : undefined
  const { about, Special } = KINDS[job.connector] ?? {
    about: `Everything that the connector “${job.connector}” reads`,
    Special: OtherDetails,
  }
  return (
    <Modal width="wide" title={job.job_name.toUpperCase()} about={about} onClose={onClose}>
      <div className="flex flex-col gap-7">
        <div className="flex flex-wrap items-center gap-3 text-sm text-soft">
          <OverallBadge overall={job.status} />
          <span>{job.integration_name ?? 'No integration'}</span>
          {job.retry_count > 0 && <Badge look="warn">{whole(job.retry_count)} failures in a row</Badge>}
          {job.status !== 'READY' && may('operator') && (
            <Button
              className="ml-auto"
              busy={reset.isPending}
              onClick={() => reset.mutate({ params: { id: job.id }, body: { status: 'READY' } })}
            >
              {job.status === 'RUNNING' ? 'Cancel and reset' : 'Reset to READY'}
            </Button>
          )}
        </div>
        {Object.keys(job.status_detail.steps).length > 0 && (
          <Part title="Steps">
            <StageGrid status={job.status_detail} progress={live} />
          </Part>
        )}
        <Trouble query={lastRun} about="How far the last run is cannot be shown." />
        <Answer query={details}>
          {(found) => (
            <Special
              job={{ ...found, status_detail: job.status_detail }}
              counters={live?.counters ?? lastRun.data?.stages ?? []}
            />
          )}
        </Answer>
        <Part title="Run history">
          <Answer query={runs}>
            {(list) =>
              list.length === 0 ? (
                <p className="text-soft">It has never run. Its history begins with the first run.</p>
              ) : (
                <div className="flex flex-col gap-5">
                  <Suspense fallback={<Loading label="Drawing" />}>
                    <RunCharts runs={list} />
                  </Suspense>
                  <Runs runs={list.slice(0, 8)} shown={shown} onChoose={setChosen} />
                  {shown !== undefined && <RunFacts jobId={job.id} runId={shown} />}
                </div>
              )
            }
          </Answer>
        </Part>
      </div>
    </Modal>
  )
}

const RUN_LOOKS = { running: 'busy', finished: 'good', failed: 'bad', cancelled: 'plain' } as const

function Runs(props: {
  readonly runs: readonly Run[]
  readonly shown: number | undefined
  readonly onChoose: (runId: number) => void
}) {
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line">
      {props.runs.map((run) => (
        <li key={run.run_id}>
          <button
            type="button"
            aria-pressed={run.run_id === props.shown}
            onClick={() => props.onChoose(run.run_id)}
            className={`flex w-full flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-left text-sm hover:bg-sunken ${run.run_id === props.shown ? 'bg-sunken' : ''}`}
          >
            <Badge look={RUN_LOOKS[run.state]}>{run.state}</Badge>
            <span className="font-medium">Run {run.run_id}</span>
            <span className="text-soft">{run.mode}</span>
            <span className="text-soft">{moment(run.started_at)}</span>
            <span className="ml-auto text-soft">
              {duration(run.duration_ms)} · {whole(run.rows_written)} rows
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
