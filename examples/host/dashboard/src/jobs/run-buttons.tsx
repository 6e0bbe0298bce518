import { ChevronDown, Play } from 'lucide-react'
import type { JobCard } from '#contract/jobs.ts'
import { useAction } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { Menu, MenuItem } from '../parts/menu.tsx'
import { useSession } from '../session/session.tsx'

/** How a run may differ from what the schedule starts. */
const WAYS = [
  { name: 'Full sync', about: 'Reads everything again', body: { full_sync: true } },
  { name: 'Replay', about: 'Transforms what is stored again, without asking the provider', body: { mode: 'replay' } },
] as const

/** Starts a run now: as scheduled, or in another way. */
export function RunButtons({ job }: { readonly job: JobCard }) {
  const { may } = useSession()
  const run = useAction('runJobNow', { spoils: ['listJobs', 'listRuns'], success: ({ message }) => message })
  const isRunnable = job.integration_id !== null && job.connector_registered && job.status !== 'RUNNING'
  const disabled = !isRunnable || !may('operator')
  return (
    <span className="inline-flex">
      <Button
        look="main"
        className="rounded-r-none"
        busy={run.isPending}
        disabled={disabled}
        onClick={() => run.mutate({ params: { id: job.id }, body: {} })}
      >
        <Play aria-hidden className="size-4" /> Run Now
      </Button>
      <Menu
        align="start"
        opener={
          <Button
            look="main"
            className="rounded-l-none border-l border-white/30 px-2"
            disabled={disabled}
            aria-label={`Other ways to run ${job.job_name}`}
          >
            <ChevronDown aria-hidden className="size-4" />
          </Button>
        }
      >
        {WAYS.map(({ name, about, body }) => (
          <MenuItem key={name} onSelect={() => run.mutate({ params: { id: job.id }, body })}>
            <span>
              <span className="block font-medium">{name}</span>
              <span className="block max-w-60 text-sm text-soft">{about}</span>
            </span>
          </MenuItem>
        ))}
      </Menu>
    </span>
  )
}
