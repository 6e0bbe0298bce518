import {
  type AnyEntity,
  createRuntime,
  type Loader,
  memoryJobStore,
  memoryLedger,
  memoryLoader,
  type RunEvent,
  type RunMode,
  type RunSummary,
  type StartOptions,
  type StoredRow,
} from '@millrace/core'
import type { JiraSimulator } from '@millrace-examples/simulators'
import {
  accounts,
  changelogItems,
  changelogs,
  comments,
  components,
  issueLinks,
  type JiraOptions,
  jira,
  projects,
  remoteLinks,
  versions,
  workItemKeys,
  workItems,
  workItemsBranches,
  workItemsCommits,
  workItemsPrs,
  workItemsSprints,
  worklogs,
} from '../../packages/connector-jira/src/index.ts'
import { passingTime } from '../passing-time.ts'
import { type MirrorRows, storedRows, toldByJira } from './mirror-rows.ts'
import type { SiteTables } from './site-tables.ts'

/** One site, three ways to it. */
export const FACES = {
  cloud: (site: JiraSimulator) => ({ baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }),
  gateway: (site: JiraSimulator) => ({ baseUrl: `${site.url}/ex/jira/a-cloud-id`, apiToken: 'demo-token' }),
  dataCenter: (site: JiraSimulator) => ({
    baseUrl: `${site.url}/jira`,
    deployment: 'data-center' as const,
    apiToken: 'demo-token',
  }),
}
export type Face = keyof typeof FACES

export interface Mirror {
  /** One run to its end. */
  sync(mode?: RunMode, options?: Partial<StartOptions>): Promise<RunSummary>
  /** All that is stored. */
  rows(): Promise<MirrorRows>
  /** The facts of it that the site can tell as well, by Jira's own ids. */
  tables(): Promise<SiteTables>
  stop(): Promise<void>
}

export interface MirrorPlace {
  /** Where rows are stored. Default: in memory */
  readonly loader?: Loader
  /** Whose rows they are. Default: 1 */
  readonly tenantId?: number
  /** Is called before each request is sent. Default: nobody wants to know */
  readonly onRequest?: (url: string) => void
}

/** A job that is run again and again against the site, by the site's own clock, which passes while anybody waits. */
export function mirrorOf(
  site: JiraSimulator,
  options: Partial<JiraOptions> = {},
  face: Face = 'cloud',
  { loader = memoryLoader(), tenantId = 1, onRequest = () => undefined }: MirrorPlace = {},
): Mirror {
  const account = { id: 1, tenantId, name: 'jira', active: true }
  const config = JSON.parse(JSON.stringify({ ...FACES[face](site), censusIntervalHours: 0.5, ...options }))
  const job = { ...account, connector: 'jira', integrationId: 1, scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const time = passingTime(site)
  const { clock } = time
  const fetch: typeof time.fetch = (url, init) => {
    onRequest(String(url))
    return time.fetch(url, init)
  }
  const jobStore = memoryJobStore({ jobs: [job], integrations: [{ ...account, config }] }, clock)
  const ledger = memoryLedger({ jobStore, clock })
  const runtime = createRuntime({ connectors: [jira], jobStore, ledger, loader, clock, fetch })
  let started: Promise<void> | undefined
  const rows = () => storedRows(loader, { tenantId, integrationId: 1 })
  return {
    sync: (mode = 'incremental', more = {}) =>
      time.during(async () => {
        started ??= runtime.start()
        await started
        const run = await runtime.startRun({ tenantId, jobId: 1, mode, ...more })
        return new Promise((resolve, reject) => {
          const next = (event: RunEvent): void => {
            if (event.type === 'run-finished') resolve(event.summary)
          }
          runtime.events(run).subscribe({ next, error: reject })
        })
      }),
    stop: () => time.during(() => runtime.stop()),
    rows,
    async tables() {
      const stored = await rows()
      const lines = (entity: AnyEntity, tell: (row: StoredRow) => string) => toldByJira(stored, entity).map(tell).sort()
      const ofIssue = (entity: AnyEntity, tell: (row: StoredRow) => string) =>
        lines(entity, (row) => `${row.work_item_id ?? 'what is gone'} ${tell(row)}`)
      const ofProject = (entity: AnyEntity, tell: (row: StoredRow) => string) =>
        lines(entity, (row) => `${row.project_id ?? 'what is gone'} ${tell(row)}`)
      return {
        projects: lines(projects, (row) =>
          JSON.stringify([row.external_id, row.key, row.name, row.state, row.former_keys]),
        ),
        issues: lines(workItems, (row) =>
          JSON.stringify([row.external_id, row.key, row.project_id, row.parent_id, row.labels]),
        ),
        keys: ofIssue(workItemKeys, ({ is_current }) => String(is_current)).filter((key) => key.endsWith('true')),
        transitions: ofIssue(changelogs, ({ history_id }) => String(history_id)),
        historyItems: stored.get(changelogItems)?.size ?? 0,
        sprints: ofIssue(workItemsSprints, ({ sprint_id }) => String(sprint_id)),
        comments: ofIssue(comments, (row) => `${row.comment_id} of ${row.work_item_key}`),
        worklogs: ofIssue(worklogs, ({ worklog_id }) => String(worklog_id)),
        links: ofIssue(
          issueLinks,
          (row) => `${row.link_id} ${row.direction} ${row.linked_work_item_id} ${row.type_id}`,
        ),
        remoteLinks: ofIssue(remoteLinks, ({ link_id }) => String(link_id)),
        branches: ofIssue(workItemsBranches, ({ url }) => String(url)),
        commits: ofIssue(workItemsCommits, ({ sha }) => String(sha)),
        pullRequests: ofIssue(workItemsPrs, ({ url }) => String(url)),
        versions: ofProject(versions, (row) => `${row.version_id} ${row.name} ${row.released} ${row.archived}`),
        components: ofProject(components, ({ component_id, name }) => `${component_id} ${name}`),
        people: [...(stored.get(accounts)?.values() ?? [])].every(({ display_name }) => display_name !== null),
      }
    },
  }
}
