import { ListTree, Settings2, TriangleAlert } from 'lucide-react'
import { Link } from 'react-router'
import type { JobCard as Job } from '#contract/jobs.ts'
import { useAction } from '../api/use-api.ts'
import { useLive } from '../live/live.tsx'
import { Button } from '../parts/button.tsx'
import { AccountLogo } from '../parts/logo.tsx'
import { Switch } from '../parts/switch.tsx'
import { useNow } from '../parts/use-now.ts'
import { ago, counted, duration, moment, shortMinutes, whole } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'
import { OverallBadge } from './overall-badge.tsx'
import { RunButtons } from './run-buttons.tsx'
import { StageGrid } from './stage-grid.tsx'

export function JobCard({
  job,
  onSettings,
  onDetails,
}: {
  readonly job: Job
  readonly onSettings: () => void
  readonly onDetails: () => void
}) {
  const { progress } = useLive()
  const { may } = useSession()
  const toggle = useAction('toggleJob', { spoils: ['listJobs'], success: ({ message }) => message })
  const steps = Object.keys(job.status_detail.steps).length
  const live = job.status === 'RUNNING' ? progress.get(job.id) : undefined
  const running = job.status === 'RUNNING'
  return (
    <article
      aria-label={`Job ${job.job_name}`}
      className={`flex h-full flex-col rounded-2xl border bg-panel p-5 shadow-lift ${running ? 'border-water/50' : 'border-line'}`}
    >
      <div className="flex items-start gap-3.5">
        <AccountLogo file={job.integration_logo_filename} type={job.integration_type} name={job.job_name} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-lg font-semibold uppercase tracking-tight">{job.job_name}</h2>
          <p className="break-words text-sm text-soft">
            {job.integration_name ?? 'No integration'} · Interval: {shortMinutes(job.schedule_interval_minutes)}
          </p>
        </div>
        <OverallBadge overall={job.status} />
      </div>

      <dl className="mt-4 grid grid-cols-3 gap-3 text-sm sm:gap-4">
        <Times job={job} />
        <div>
          <dt className="text-soft">{live ? 'Written so far' : 'Dead letters'}</dt>
          <dd className="font-medium">
            {live ? (
              `${whole(live.totals.rows_written)} rows`
            ) : (
              <DeadLetters count={job.status_detail.open_dead_letters} />
            )}
          </dd>
        </div>
      </dl>

      {steps > 0 ? (
        <div className="mt-4">
          <StageGrid status={job.status_detail} progress={live} />
        </div>
      ) : (
        <p className="mt-4 rounded-xl bg-sunken px-4 py-3 text-sm text-soft">
          {job.connector_registered
            ? 'Its steps appear here with the first run.'
            : `This program has no connector “${job.connector}”, so the job cannot run yet.`}
        </p>
      )}
      {(job.error_message ?? job.schedule_note) && (
        <p
          className={`mt-4 flex gap-2.5 rounded-xl px-4 py-3 text-sm ${job.error_message ? 'bg-bad-ground text-bad' : 'bg-warn-ground text-grain'}`}
        >
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span className="line-clamp-4 min-w-0 break-words">{job.error_message ?? job.schedule_note}</span>
        </p>
      )}

      <div className="mt-auto flex flex-wrap items-center gap-2 pt-5">
        <RunButtons job={job} />
        <Button onClick={onDetails}>
          <ListTree aria-hidden className="size-4" /> Details
        </Button>
        <Button onClick={onSettings}>
          <Settings2 aria-hidden className="size-4" /> Settings
        </Button>
        <span className="ml-auto">
          <Switch
            label={`${job.job_name} is switched on`}
            on={job.active}
            disabled={toggle.isPending || !may('operator')}
            onChange={(active) => toggle.mutate({ params: { id: job.id }, body: { active } })}
          />
        </span>
      </div>
    </article>
  )
}

function Times({ job }: { readonly job: Job }) {
  const now = useNow()
  const lastAt = job.last_run_finished_at ?? (job.status === 'RUNNING' ? null : job.last_run_started_at)
  return (
    <>
      <div>
        <dt className="text-soft">{job.status === 'RUNNING' ? 'Running for' : 'Next run'}</dt>
        <dd className="font-medium">{job.status === 'RUNNING' ? runningFor(job, now) : nextRun(job, now)}</dd>
      </div>
      <div>
        <dt className="text-soft">Last run</dt>
        <dd className="font-medium" title={lastAt ? moment(lastAt) : undefined}>
          {lastAt ? ago(lastAt, now) : 'never'}
        </dd>
      </div>
    </>
  )
}

function runningFor({ last_run_started_at: startedAt }: Job, now: number): string {
  return startedAt ? duration(Math.max(0, now - Date.parse(startedAt))) : 'starting'
}

function nextRun({ active, next_run_at: dueAt }: Job, now: number): string {
  if (!active) return 'switched off'
  if (!dueAt) return 'not planned'
  const left = Date.parse(dueAt) - now
  return left <= 0 ? 'due now' : `in ${duration(left)}`
}

function DeadLetters({ count }: { readonly count: number }) {
  if (count === 0) return 'none'
  return (
    <Link to="/queues" className="text-bad underline underline-offset-2">
      {counted(count, 'dead letter')}
    </Link>
  )
}
