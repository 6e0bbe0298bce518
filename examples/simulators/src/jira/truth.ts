import { checksumOf } from './checksum.ts'
import { repositoryUrl } from './wire/development-json.ts'
import { issueIdOf } from './world/census-plan.ts'
import { existingParts, type Part } from './world/parts.ts'
import { remoteLinksOf } from './world/remote-links.ts'
import { existingStatuses } from './world/statuses.ts'
import type { World } from './world/world.ts'

/** What the site holds and the user may see, as facts that a database can be compared with. Times are epoch milliseconds. */
export interface IssueFact {
  readonly id: string
  readonly key: string
  readonly projectId: string
  readonly typeId: string
  readonly statusId: string
  /** May contain NULs, as the API's answer does. */
  readonly summary: string
  readonly created: number
  readonly updated: number
  readonly resolved: number | null
  readonly resolutionId: string | null
  readonly priorityId: string
  readonly assigneeId: string | null
  readonly reporterId: string
  readonly parentId: string | null
  readonly storyPoints: number | null
  readonly sprintIds: readonly string[]
  readonly labels: readonly string[]
}

export interface TransitionFact {
  readonly issueId: string
  readonly historyId: string
  readonly fromStatusId: string
  readonly toStatusId: string
  readonly at: number
}

export interface ChangelogFact {
  readonly issueId: string
  readonly histories: number
  readonly items: number
}

export interface PullRequestFact {
  readonly issueId: string
  readonly url: string
  readonly state: string
}

export interface BranchFact {
  readonly issueId: string
  readonly url: string
}

export interface CommitFact {
  readonly issueId: string
  readonly sha: string
}

export interface LinkFact {
  readonly id: string
  readonly typeId: string
  readonly outwardIssueId: string
  readonly inwardIssueId: string
}

export interface RemarkFact {
  readonly id: string
  readonly issueId: string
  readonly at: number
}

export interface ProjectFact {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly state: 'live' | 'archived' | 'deleted'
  readonly typeIds: readonly string[]
  readonly statusIds: readonly string[]
  /** Keys that lead to it still. */
  readonly formerKeys: readonly string[]
  readonly versions: readonly Pick<Part, 'id' | 'name' | 'released' | 'archived'>[]
  readonly components: readonly Pick<Part, 'id' | 'name'>[]
}

/** The tables of a site, each read as a stream in a fixed order. Reading replays lives; nothing is kept. */
export interface Truth {
  readonly projects: () => Iterable<ProjectFact>
  readonly issues: () => Iterable<IssueFact>
  readonly transitions: () => Iterable<TransitionFact>
  readonly changelogs: () => Iterable<ChangelogFact>
  readonly pullRequests: () => Iterable<PullRequestFact>
  readonly branches: () => Iterable<BranchFact>
  readonly commits: () => Iterable<CommitFact>
  readonly links: () => Iterable<LinkFact>
  readonly remoteLinks: () => Iterable<{ readonly issueId: string; readonly id: string }>
  readonly comments: () => Iterable<RemarkFact>
  readonly worklogs: () => Iterable<RemarkFact>
  readonly deletedIssueIds: () => Iterable<string>
}

export type TruthTable = keyof Truth

/** How many facts each table holds; `histories` and `changelogItems` are the sums over `changelogs`. */
export type Counts = Readonly<Record<TruthTable | 'histories' | 'changelogItems', number>>

export const createTruth = (world: World): Truth => {
  function* everyIssue() {
    for (let index = 0; index < world.columns.size(); index++) if (world.exists(index)) yield world.issue(index)
  }
  function* issues() {
    for (const issue of everyIssue()) if (!world.log.hidden.has(issue.index)) yield issue
  }
  return {
    *projects() {
      for (const project of world.projects) {
        const { id, key, name, state, types, workflow } = project
        yield {
          id,
          key,
          name,
          state,
          typeIds: types.map((type) => type.id),
          statusIds: existingStatuses(workflow, world.definitions).map((status) => status.id),
          formerKeys: project.formerKeys.toSorted(),
          versions: existingParts(project.versions).map(({ id, name, released, archived }) => ({
            id,
            name,
            released,
            archived,
          })),
          components: existingParts(project.components).map(({ id, name }) => ({ id, name })),
        }
      }
    },
    *issues() {
      for (const { id, key, created, updated, reporter, state } of issues()) {
        yield {
          id,
          key,
          projectId: state.project.id,
          typeId: state.type.id,
          statusId: state.status.id,
          summary: state.summary,
          created,
          updated,
          resolved: state.resolvedAt,
          resolutionId: state.resolution?.id ?? null,
          priorityId: state.priority.id,
          assigneeId: state.assignee === null ? null : (world.people[state.assignee]?.accountId ?? null),
          reporterId: world.people[reporter]?.accountId ?? '',
          parentId: state.parent !== null && world.exists(state.parent) ? issueIdOf(state.parent) : null,
          storyPoints: state.storyPoints,
          sprintIds: state.sprints.map(String),
          labels: state.labels,
        }
      }
    },
    *transitions() {
      for (const { id, histories } of issues()) {
        for (const history of histories) {
          for (const { field, from, to } of history.items) {
            if (field !== 'status') continue
            yield {
              issueId: id,
              historyId: String(history.id),
              fromStatusId: from ?? '',
              toStatusId: to ?? '',
              at: history.at,
            }
          }
        }
      }
    },
    *changelogs() {
      for (const { id, histories } of issues()) {
        if (histories.length === 0) continue
        yield {
          issueId: id,
          histories: histories.length,
          items: histories.reduce((sum, { items }) => sum + items.length, 0),
        }
      }
    },
    *pullRequests() {
      for (const issue of issues()) {
        for (const { url, state } of world.development(issue).pullRequests) yield { issueId: issue.id, url, state }
      }
    },
    *branches() {
      for (const issue of issues()) {
        for (const { branch, repository } of world.development(issue).pullRequests)
          yield { issueId: issue.id, url: `${repositoryUrl(repository)}/tree/${branch}` }
      }
    },
    *commits() {
      for (const issue of issues())
        for (const { id } of world.development(issue).commits) yield { issueId: issue.id, sha: id }
    },
    // A link shows at the end that may be seen, whatever the other one is.
    *links() {
      for (const { index } of everyIssue()) {
        for (const { id, type, outward, inward } of world.links(index)) {
          if (outward !== index) continue
          yield {
            id: String(id),
            typeId: type.id,
            outwardIssueId: issueIdOf(outward),
            inwardIssueId: issueIdOf(inward),
          }
        }
      }
    },
    *remoteLinks() {
      for (const issue of issues()) for (const { id } of remoteLinksOf(issue)) yield { issueId: issue.id, id }
    },
    *comments() {
      for (const issue of issues())
        for (const { id, at } of world.comments(issue)) yield { id: String(id), issueId: issue.id, at }
    },
    *worklogs() {
      for (const issue of issues())
        for (const { id, at } of world.worklogs(issue)) yield { id: String(id), issueId: issue.id, at }
    },
    *deletedIssueIds() {
      for (const index of world.log.deleted.keys()) yield issueIdOf(index)
    },
  }
}

export const countTruth = (truth: Truth): Counts => {
  const size = (facts: Iterable<unknown>): number => {
    let count = 0
    for (const _ of facts) count += 1
    return count
  }
  let histories = 0
  let changelogItems = 0
  let changelogs = 0
  for (const each of truth.changelogs()) {
    changelogs += 1
    histories += each.histories
    changelogItems += each.items
  }
  return {
    projects: size(truth.projects()),
    issues: size(truth.issues()),
    transitions: size(truth.transitions()),
    changelogs,
    histories,
    changelogItems,
    pullRequests: size(truth.pullRequests()),
    branches: size(truth.branches()),
    commits: size(truth.commits()),
    links: size(truth.links()),
    remoteLinks: size(truth.remoteLinks()),
    comments: size(truth.comments()),
    worklogs: size(truth.worklogs()),
    deletedIssueIds: size(truth.deletedIssueIds()),
  }
}

/** A checksum of each table, in the sense of {@link checksumOf}. */
export const checksumTruth = (truth: Truth): Readonly<Record<TruthTable, string>> => ({
  projects: checksumOf(truth.projects()),
  issues: checksumOf(truth.issues()),
  transitions: checksumOf(truth.transitions()),
  changelogs: checksumOf(truth.changelogs()),
  pullRequests: checksumOf(truth.pullRequests()),
  branches: checksumOf(truth.branches()),
  commits: checksumOf(truth.commits()),
  links: checksumOf(truth.links()),
  remoteLinks: checksumOf(truth.remoteLinks()),
  comments: checksumOf(truth.comments()),
  worklogs: checksumOf(truth.worklogs()),
  deletedIssueIds: checksumOf(truth.deletedIssueIds()),
})
