import { z } from 'zod'
import { Trouble } from '../../parts/states.tsx'
import { readCheckpoint } from './checkpoint.ts'
import { Facts, Part } from './part.tsx'
import type { SpecialProps } from './special-props.ts'
import { UnitQueue, UnitQueues } from './unit-queue.tsx'
import { useSettings } from './use-settings.ts'
import { Watermarks } from './watermarks.tsx'

/** Those of the connector that decide what is read, with its defaults. */
const settings = z.object({
  repositories: z.array(z.string()).default([]),
  exclude: z.array(z.string()).default([]),
  includeArchived: z.boolean().default(true),
  includeForks: z.boolean().default(true),
})

const PULL_REQUESTS = 'github_prs'
/** Pull requests that are read apart, because one of their lists goes on beyond a page. */
const LONG = /^github_prs_/

const walkCursor = z.object({
  phase: z.enum(['created', 'updated', 'head', 'open']),
  last_pr_cursor: z.string().nullable(),
  page_size: z.number(),
})
const PHASES = {
  created: 'all pull requests, the oldest first',
  updated: 'what was updated, the newest first',
  head: 'what was updated meanwhile',
  open: 'what is open',
} as const

function sayCursor(cursor: unknown): string {
  const read = walkCursor.safeParse(cursor)
  if (!read.success) return JSON.stringify(cursor)
  const { phase, last_pr_cursor, page_size } = read.data
  return `${PHASES[phase]}, ${last_pr_cursor ? `after ${last_pr_cursor}` : 'from the first'}, ${page_size} a page`
}

/** What is special to GitHub: the queue of repositories, pull requests that are read apart, and the cursors. */
export function GithubDetails({ job, counters }: SpecialProps) {
  const account = useSettings(job.integration_id, settings)
  const chosen = account.data
  const extractions = counters.filter(({ stage }) => stage === 'extraction')
  const read = readCheckpoint(job.checkpoint_data)?.steps[PULL_REQUESTS]?.units ?? 0
  return (
    <>
      <Part title="Repository queue">
        <Trouble query={account} about="The settings of the account cannot be shown." />
        {chosen && (
          <Facts
            of={{
              Repositories:
                chosen.repositories.length === 0 ? 'All that the token reaches' : chosen.repositories.join(', '),
              'Left out': chosen.exclude.length === 0 ? 'None' : chosen.exclude.join(', '),
              'Archived and forks': `${chosen.includeArchived ? 'Archived' : 'No archived'}, ${chosen.includeForks ? 'forks' : 'no forks'}`,
              'With a checkpoint': read,
            }}
          />
        )}
        <div className="mt-4 flex flex-col gap-4">
          <UnitQueue
            label="Repositories, for their pull requests"
            counters={extractions.find(({ step }) => step === PULL_REQUESTS)}
          />
          <UnitQueues job={job} counters={extractions.filter(({ step, planned }) => LONG.test(step) && planned > 0)} />
        </div>
      </Part>
      <Part title="Cursors">
        <Watermarks checkpoint={job.checkpoint_data} steps={job.status_detail.steps} sayCursor={sayCursor} />
      </Part>
    </>
  )
}
