import {
  type AnyEntity,
  createRuntime,
  memoryJobStore,
  memoryLedger,
  memoryLoader,
  type RunEvent,
  type RunMode,
  type RunSummary,
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
  sprints,
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
  sync(mode?: RunMode): Promise<RunSummary>
  /** What is stored, told by Jira's own ids. */
  tables(): Promise<SiteTables>
  stop(): Promise<void>
}

/** A job that is run again and again against the site, by the site's own clock, which passes while anybody waits. */
export function mirrorOf(site: JiraSimulator, options: Partial<JiraOptions> = {}, face: Face = 'cloud'): Mirror {
  const account = { id: 1, tenantId: 1, name: 'jira', active: true }
  const config = JSON.parse(JSON.stringify({ ...FACES[face](site), censusIntervalHours: 0.5, ...options }))
  const job = { ...account, connector: 'jira', integrationId: 1, scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const time = passingTime(site)
  const { clock, fetch } = time
  const jobStore = memoryJobStore({ jobs: [job], integrations: [{ ...account, config }] }, clock)
  const loader = memoryLoader()
  const ledger = memoryLedger({ jobStore, clock })
  const runtime = createRuntime({ connectors: [jira], jobStore, ledger, loader, clock, fetch })
  let started: Promise<void> | undefined
  const ids = new Map<string, string>()
  const live = (id: unknown) => ids.get(String(id)) ?? null
  const rows = (entity: AnyEntity) => loader.rows(entity)
  const children = (entity: AnyEntity, parent: string, tell: (row: Record<string, unknown>) => string) =>
    rows(entity)
      .map((row) => `${live(row[parent]) ?? 'what is gone'} ${tell({ ...row })}`)
      .sort()
  return {
    sync: (mode = 'incremental') =>
      time.during(async () => {
        started ??= runtime.start()
        await started
        const run = await runtime.startRun({ tenantId: 1, jobId: 1, mode })
        return new Promise((resolve, reject) => {
          const next = (event: RunEvent): void => {
            if (event.type === 'run-finished') resolve(event.summary)
          }
          runtime.events(run).subscribe({ next, error: reject })
        })
      }),
    stop: () => time.during(() => runtime.stop()),
    async tables() {
      ids.clear()
      for (const entity of [workItems, projects, sprints]) {
        for await (const batch of loader.read({ tenantId: 1, integrationId: 1 }, entity)) {
          for (const { key, values } of batch) ids.set(key, String(values.external_id))
        }
      }
      return {
        projects: rows(projects)
          .map((row) => `${row.external_id} ${row.key} ${row.state}`)
          .sort(),
        issues: rows(workItems)
          .map((row) => [row.external_id, row.key, live(row.project_id), live(row.parent_id), row.labels])
          .map((facts) => JSON.stringify(facts))
          .sort(),
        keys: children(workItemKeys, 'work_item_id', ({ is_current }) => String(is_current)).filter((key) =>
          key.endsWith('true'),
        ),
        transitions: children(changelogs, 'work_item_id', ({ history_id }) => String(history_id)),
        historyItems: children(changelogItems, 'work_item_id', () => 'item').length,
        sprints: children(workItemsSprints, 'work_item_id', ({ sprint_id }) => String(live(sprint_id))),
        comments: children(comments, 'work_item_id', (row) => `${row.comment_id} of ${row.work_item_key}`),
        worklogs: children(worklogs, 'work_item_id', ({ worklog_id }) => String(worklog_id)),
        links: children(
          issueLinks,
          'work_item_id',
          (row) => `${row.link_id} ${row.direction} ${live(row.linked_work_item_id)} ${row.type_id}`,
        ),
        remoteLinks: children(remoteLinks, 'work_item_id', ({ link_id }) => String(link_id)),
        branches: children(workItemsBranches, 'work_item_id', ({ url }) => String(url)),
        commits: children(workItemsCommits, 'work_item_id', ({ sha }) => String(sha)),
        pullRequests: children(workItemsPrs, 'work_item_id', ({ url }) => String(url)),
        versions: children(versions, 'project_id', ({ version_id }) => String(version_id)),
        components: children(components, 'project_id', ({ component_id }) => String(component_id)),
        people: rows(accounts).every(({ display_name }) => display_name !== null),
      }
    },
  }
}
