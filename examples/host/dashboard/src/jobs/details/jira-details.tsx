import { z } from 'zod'
import { Trouble } from '../../parts/states.tsx'
import { counted, moment } from '../../parts/words.ts'
import { readCheckpoint } from './checkpoint.ts'
import { Facts, Part } from './part.tsx'
import type { SpecialProps } from './special-props.ts'
import { UnitQueue } from './unit-queue.tsx'
import { useSettings } from './use-settings.ts'
import { Watermarks } from './watermarks.tsx'

/** Those of the connector that decide what is read, with its defaults. */
const settings = z.object({
  projects: z.array(z.string()).default([]),
  jql: z.string().optional(),
  includeDevStatus: z.boolean().default(true),
  censusIntervalHours: z.number().default(24),
})

const ISSUES = 'jira_issues_with_changelogs'
const QUEUES = [
  { step: ISSUES, label: 'Projects, for issues and their changelogs' },
  { step: 'jira_dev_status', label: 'Batches of issues, for their development status' },
] as const

const searchCursor = z.object({ token: z.string().optional(), found: z.number().default(0) })

function sayCursor(cursor: unknown): string {
  const read = searchCursor.safeParse(cursor)
  if (!read.success) return JSON.stringify(cursor)
  const { token, found } = read.data
  return `${counted(found, 'issue')} found so far${token ? `, page token ${token}` : ''}`
}

/** What is special to Jira: which projects, until when their issues were read, and the pages that a run goes on with. */
export function JiraDetails({ job, counters }: SpecialProps) {
  const account = useSettings(job.integration_id, settings)
  const chosen = account.data
  const until = readCheckpoint(job.checkpoint_data)?.steps[ISSUES]?.oldest
  return (
    <>
      <Part title="What is read">
        <Trouble query={account} about="The settings of the account cannot be shown." />
        {chosen && (
          <Facts
            of={{
              Projects: chosen.projects.length === 0 ? 'All that the account may browse' : chosen.projects.join(', '),
              'Only issues where': chosen.jql ?? 'no condition',
              'Development status': chosen.includeDevStatus ? 'Read' : 'Left out',
              'Deleted issues': chosen.censusIntervalHours
                ? `Looked for every ${chosen.censusIntervalHours} hours`
                : 'Not looked for',
            }}
          />
        )}
        <p className="mt-3 text-sm text-soft">
          {until
            ? `The next run asks for issues that changed since ${moment(until)}, in each project since its own checkpoint.`
            : 'The next run asks for all issues.'}
        </p>
        <div className="mt-4 flex flex-col gap-4">
          {QUEUES.map(({ step, label }) => (
            <UnitQueue
              key={step}
              label={label}
              counters={counters.find((row) => row.step === step && row.stage === 'extraction')}
            />
          ))}
        </div>
      </Part>
      <Part title="Checkpoints">
        <Watermarks checkpoint={job.checkpoint_data} steps={job.status_detail.steps} sayCursor={sayCursor} />
      </Part>
    </>
  )
}
