import type { JiraSimulator } from '@millrace-examples/simulators'
import type { Face } from './mirror.ts'

/** Facts as lines, sorted; each begins with the id of what it is about. */
type Facts = readonly string[]

/** What a site and a mirror of it must agree on. */
export interface SiteTables {
  readonly projects: Facts
  readonly issues: Facts
  /** Issues whose present key is known. */
  readonly keys: Facts
  readonly transitions: Facts
  readonly historyItems: number
  readonly sprints: Facts
  readonly comments: Facts
  readonly worklogs: Facts
  /** Each link twice, as either end sees it. */
  readonly links: Facts
  readonly remoteLinks: Facts
  readonly branches: Facts
  readonly commits: Facts
  readonly pullRequests: Facts
  readonly versions: Facts
  readonly components: Facts
  /** Whether everybody who is known has a name. */
  readonly people: boolean
}

/** What the site holds, as far as it is told through this way in. */
export function tablesOf(site: JiraSimulator, face: Face): SiteTables {
  const truth = site.truth()
  const issues = [...truth.issues()]
  const keys = new Map(issues.map(({ id, key }) => [id, key]))
  /** What is out of sight is known by no row. */
  const seen = (id: string | null): string | null => (id !== null && keys.has(id) ? id : null)
  // Data Center does not tell of projects that were deleted.
  const found = [...truth.projects()].filter(({ state }) => face !== 'dataCenter' || state !== 'deleted')
  // What an archived project had is not looked at any more. One that never lived here has nothing.
  const housed = new Set(issues.map(({ projectId }) => projectId))
  const living = found.filter(({ id, state }) => state === 'live' || (state === 'archived' && housed.has(id)))
  // The gateway gives no development panels.
  const panels = <Fact>(facts: Iterable<Fact>, tell: (fact: Fact) => string): Facts =>
    face === 'gateway' ? [] : [...facts].map(tell).sort()
  return {
    projects: found
      .map(({ id, key, name, state, formerKeys }) => JSON.stringify([id, key, name, state, formerKeys]))
      .sort(),
    issues: issues
      .map(({ id, key, projectId, parentId, labels }) => JSON.stringify([id, key, projectId, seen(parentId), labels]))
      .sort(),
    keys: issues.map(({ id }) => `${id} true`).sort(),
    transitions: [...truth.transitions()].map(({ issueId, historyId }) => `${issueId} ${historyId}`).sort(),
    historyItems: [...truth.changelogs()].reduce((sum, { items }) => sum + items, 0),
    sprints: issues.flatMap(({ id, sprintIds }) => sprintIds.map((sprint) => `${id} ${sprint}`)).sort(),
    comments: [...truth.comments()].map(({ id, issueId }) => `${issueId} ${id} of ${keys.get(issueId)}`).sort(),
    worklogs: [...truth.worklogs()].map(({ id, issueId }) => `${issueId} ${id}`).sort(),
    links: [...truth.links()]
      .flatMap(({ id, typeId, outwardIssueId: outward, inwardIssueId: inward }) => [
        ...(seen(outward) ? [`${outward} ${id} outward ${seen(inward)} ${typeId}`] : []),
        ...(seen(inward) ? [`${inward} ${id} inward ${seen(outward)} ${typeId}`] : []),
      ])
      .sort(),
    remoteLinks: [...truth.remoteLinks()].map(({ issueId, id }) => `${issueId} ${id}`).sort(),
    branches: panels(truth.branches(), ({ issueId, url }) => `${issueId} ${url}`),
    commits: panels(truth.commits(), ({ issueId, sha }) => `${issueId} ${sha}`),
    pullRequests: panels(truth.pullRequests(), ({ issueId, url }) => `${issueId} ${url}`),
    versions: living
      .flatMap(({ id, versions }) =>
        versions.map((each) => `${id} ${each.id} ${each.name} ${each.released} ${each.archived}`),
      )
      .sort(),
    components: living
      .flatMap(({ id, components }) => components.map((part) => `${id} ${part.id} ${part.name}`))
      .sort(),
    people: true,
  }
}
