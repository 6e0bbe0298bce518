import {
  type AnyEntity,
  createRuntime,
  memoryJobStore,
  memoryLedger,
  memoryLoader,
  type RunSummary,
  systemClock,
} from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  accounts,
  comments,
  components,
  issueLinks,
  jira,
  projects,
  remoteLinks,
  sprints,
  versions,
  workItems,
  workItemsBranches,
  workItemsCommits,
  workItemsPrs,
  workItemsSprints,
  worklogs,
} from './index.ts'

const HISTORIES = 6
const TIME_ZONES = ['Pacific/Pago_Pago', 'America/New_York', 'Etc/UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']
/** Clocks change in New York at 07:00 of this day. */
const BEFORE_SUMMER_TIME = new Date('2026-03-08T05:30:00Z')

/** One site, three ways to it. */
const FACES = {
  cloud: (site: JiraSimulator) => ({ baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }),
  gateway: (site: JiraSimulator) => ({ baseUrl: `${site.url}/ex/jira/a-cloud-id`, apiToken: 'demo-token' }),
  dataCenter: (site: JiraSimulator) => ({
    baseUrl: `${site.url}/jira`,
    deployment: 'data-center' as const,
    apiToken: 'demo-token',
  }),
}
type Face = keyof typeof FACES

const few = fc.nat(4)
const events = fc.record({
  edits: fc.nat(12),
  transitions: few,
  moves: few,
  unlinks: few,
  pullRequestUnlinks: few,
  commentDeletions: few,
  worklogDeletions: few,
  deletions: few,
  additions: few,
})
const history = fc.record({
  seed: fc.nat(1000),
  timeZone: fc.constantFrom(...TIME_ZONES),
  turns: fc.array(events, { minLength: 1, maxLength: 3 }),
  deletesProject: fc.boolean(),
  pageSize: fc.integer({ min: 5, max: 100 }),
})

describe('after any history', () => {
  it.each(['cloud', 'gateway', 'dataCenter'] as const)(
    'the tables hold what the site holds, in every time zone and across a change of clocks: %s',
    async (face) => {
      await fc.assert(
        fc.asyncProperty(history, async ({ seed, timeZone, turns, deletesProject, pageSize }) => {
          const site = await startJiraSimulator({
            seed,
            timeZone,
            issues: 150,
            projects: 3,
            now: BEFORE_SUMMER_TIME,
            validateTraffic: true,
          })
          site.faults.add({ kind: 'short-page', path: '*/search*', size: pageSize, times: 10_000 })
          const mirror = mirrorOf(site, face)
          try {
            await mirror.sync()
            for (const turn of turns) {
              site.evolve(turn)
              await mirror.sync()
            }
            // Data Center does not tell of projects that were deleted: they are out of sight.
            if (deletesProject && face !== 'dataCenter') {
              site.evolve({ projectDeletions: ['WEB'] })
              await mirror.sync()
            }
            expect(await mirror.tables()).toEqual(truthOf(site, face))
            expect(site.violations()).toEqual([])
          } finally {
            await mirror.stop()
            await site.close()
          }
        }),
        { numRuns: HISTORIES },
      )
    },
  )
})

describe('the number of requests', () => {
  it('of a first run is at most 1.2 for 100 ordinary issues with their histories', async () => {
    const site = await startJiraSimulator({ issues: 5000, projects: 2, quiet: true, rememberedResponses: 0 })
    const mirror = mirrorOf(site, 'cloud', 0)
    await mirror.sync()
    const { byRoute } = site.requests()
    const asked = ['search/jql', 'changelog/bulkfetch'].map((path) => byRoute[`POST /rest/api/3/${path}`] ?? 0)
    const censuses = 2
    const per100 = ((asked[0] ?? 0) - censuses + (asked[1] ?? 0)) / 50
    process.stdout.write(`Requests per 100 issues with their histories: ${per100}\n`)
    expect(per100).toBeLessThanOrEqual(1.2)
    await mirror.stop()
    await site.close()
  })

  it('of a run without changes does not depend on how many issues there are', async () => {
    const totals: number[] = []
    for (const issues of [50, 2000]) {
      const site = await startJiraSimulator({ issues, projects: 3, quiet: true })
      // Panels are looked at again at an interval of their own.
      const mirror = mirrorOf(site, 'cloud', 0)
      await mirror.sync()
      site.evolve({ advanceMs: 3 * 3_600_000 })
      await mirror.sync()
      site.evolve({ advanceMs: 3 * 3_600_000 })
      site.forgetRequests()
      await mirror.sync()
      totals.push(site.requests().total)
      await mirror.stop()
      await site.close()
    }
    expect(totals[1]).toBe(totals[0])
  })
})

/** A job that is run again and again against the site, by the site's own clock. */
function mirrorOf(site: JiraSimulator, face: Face = 'cloud', intervalHours = 0.5) {
  const account = { id: 1, tenantId: 1, name: 'jira', active: true }
  const config = {
    ...FACES[face](site),
    censusIntervalHours: 0.5,
    devStatusRepollHours: intervalHours,
    includeRemoteLinks: intervalHours > 0,
  }
  const job = { ...account, connector: 'jira', integrationId: 1, scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const clock = { ...systemClock, now: () => site.now() }
  const jobStore = memoryJobStore({ jobs: [job], integrations: [{ ...account, config }] }, clock)
  const loader = memoryLoader()
  const runtime = createRuntime({
    connectors: [jira],
    jobStore,
    ledger: memoryLedger({ jobStore, clock }),
    loader,
    clock,
  })
  let started: Promise<void> | undefined
  const ids = new Map<string, string>()
  const rows = (entity: AnyEntity) => loader.rows(entity)
  /** References are stored as UUIDs; facts are told by Jira's own ids. Children of what is gone are not looked at. */
  const children = (entity: AnyEntity, parent: string, tell: (row: Record<string, unknown>) => string) =>
    rows(entity)
      .flatMap((row) => {
        const owner = ids.get(String(row[parent]))
        return owner === undefined ? [] : [`${owner} ${tell({ ...row })}`]
      })
      .sort()
  return {
    async sync(): Promise<RunSummary> {
      started ??= runtime.start()
      await started
      const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
      const end = await firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
      expect(end.summary).toMatchObject({ state: 'finished', failures: [] })
      return end.summary
    },
    stop: () => runtime.stop(),
    async tables() {
      ids.clear()
      for (const entity of [workItems, projects, sprints]) {
        for await (const batch of loader.read({ tenantId: 1, integrationId: 1 }, entity)) {
          for (const { key, values } of batch) ids.set(key, String(values.external_id))
        }
      }
      const live = (id: unknown) => ids.get(String(id)) ?? null
      return {
        projects: rows(projects)
          .map((row) => `${row.external_id} ${row.key} ${row.state}`)
          .sort(),
        issues: rows(workItems)
          .map((row) => [row.external_id, row.key, live(row.project_id), live(row.parent_id), row.labels])
          .map((facts) => JSON.stringify(facts))
          .sort(),
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

function truthOf(site: JiraSimulator, face: Face) {
  const truth = site.truth()
  const issues = [...truth.issues()]
  const keys = new Map(issues.map(({ id, key }) => [id, key]))
  const found = [...truth.projects()].filter(({ state }) => face !== 'dataCenter' || state !== 'deleted')
  const living = found.filter(({ state }) => state === 'live')
  return {
    projects: found.map(({ id, key, state }) => `${id} ${key} ${state}`).sort(),
    issues: issues
      .map(({ id, key, projectId, parentId, labels }) => JSON.stringify([id, key, projectId, parentId, labels]))
      .sort(),
    sprints: issues.flatMap(({ id, sprintIds }) => sprintIds.map((sprint) => `${id} ${sprint}`)).sort(),
    comments: [...truth.comments()].map(({ id, issueId }) => `${issueId} ${id} of ${keys.get(issueId)}`).sort(),
    worklogs: [...truth.worklogs()].map(({ id, issueId }) => `${issueId} ${id}`).sort(),
    links: [...truth.links()]
      .flatMap(({ id, typeId, outwardIssueId, inwardIssueId }) => [
        `${outwardIssueId} ${id} outward ${inwardIssueId} ${typeId}`,
        `${inwardIssueId} ${id} inward ${outwardIssueId} ${typeId}`,
      ])
      .sort(),
    remoteLinks: [...truth.remoteLinks()].map(({ issueId, id }) => `${issueId} ${id}`).sort(),
    // The gateway gives no development panels.
    branches: face === 'gateway' ? [] : [...truth.branches()].map(({ issueId, url }) => `${issueId} ${url}`).sort(),
    commits: face === 'gateway' ? [] : [...truth.commits()].map(({ issueId, sha }) => `${issueId} ${sha}`).sort(),
    pullRequests:
      face === 'gateway' ? [] : [...truth.pullRequests()].map(({ issueId, url }) => `${issueId} ${url}`).sort(),
    versions: living.flatMap(({ id, versionIds }) => versionIds.map((version) => `${id} ${version}`)).sort(),
    components: living.flatMap(({ id, componentIds }) => componentIds.map((part) => `${id} ${part}`)).sort(),
    people: true,
  }
}
