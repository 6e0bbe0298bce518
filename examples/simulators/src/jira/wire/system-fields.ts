import { createDice } from '../../random.ts'
import { attributesOf } from '../world/attributes.ts'
import type { Named } from '../world/catalogue.ts'
import type { Part } from '../world/parts.ts'
import type { Link } from '../world/relations.ts'
import { statusJson } from '../world/statuses.ts'
import { duration, embeddedComments, embeddedWorklogs } from './discussion-json.ts'
import type { FieldRender, FieldSpec } from './field-spec.ts'
import { list, numberOrNull, quote } from './json-text.ts'
import type { IssueView, SiteView } from './site-view.ts'

const DAY_MS = 86_400_000
const DESCRIPTION_SALT = 81

type Schema = FieldSpec['schema']

const system = (
  id: string,
  name: string,
  schema: Omit<Schema, 'system'>,
  render: FieldRender,
  hidden = false,
  multiValued = false,
): FieldSpec => ({
  id,
  name,
  custom: false,
  navigable: !hidden,
  multiValued,
  schema: { ...schema, system: id },
  clauseNames: [id],
  scopeProjectId: undefined,
  render,
})

const attributes = ({ view, issue }: IssueView) => attributesOf(view.world.seed, issue.index, issue.state.project)

const named = (view: SiteView, path: string, { id, name }: Named, extra = ''): string =>
  `{"self":${view.self(`${path}/${id}`)},"id":"${id}",${extra}"name":${quote(name)}}`

const priorityJson = (view: SiteView, { id, name }: Named): string =>
  `{"self":${view.self(`priority/${id}`)},"iconUrl":"${view.world.siteUrl}/images/icons/priorities/${name.toLowerCase()}.svg","name":${quote(view.world.definitions.priorities.get(id) ?? name)},"id":"${id}"}`

/** Another issue as it appears inside an issue: as parent, subtask or the end of a link. */
const briefJson = (view: SiteView, index: number): string => {
  const { id, key, state } = view.world.issue(index)
  return (
    `{"id":"${id}","key":"${key}","self":${view.self(`issue/${id}`)},"fields":{"summary":${quote(state.summary)},` +
    `"status":${statusJson(state.status, view.world)},"priority":${priorityJson(view, state.priority)},"issuetype":${state.type.embeddedJson}}}`
  )
}

const linkJson = (view: SiteView, own: number, { id, type, outward, inward }: Link): string => {
  const typeJson = `{"id":"${type.id}","name":"${type.name}","inward":"${type.inward}","outward":"${type.outward}","self":${view.self(`issueLinkType/${type.id}`)}}`
  const end =
    outward === own ? `"outwardIssue":${briefJson(view, inward)}` : `"inwardIssue":${briefJson(view, outward)}`
  return `{"id":"${id}","self":${view.self(`issueLink/${id}`)},"type":${typeJson},${end}}`
}

const spentSeconds = ({ view, issue }: IssueView): number | null => {
  const worklogs = view.world.worklogs(issue)
  return worklogs.length === 0 ? null : worklogs.reduce((sum, { seconds }) => sum + seconds, 0)
}

const remainingSeconds = (shown: IssueView): number | null => {
  const original = attributes(shown).originalEstimateSeconds
  return original === null ? null : Math.max(0, original - (spentSeconds(shown) ?? 0))
}

const progress: FieldRender = (shown) => {
  const spent = spentSeconds(shown) ?? 0
  return `{"progress":${spent},"total":${spent + (remainingSeconds(shown) ?? 0)}}`
}

const timetracking: FieldRender = (shown) => {
  const original = attributes(shown).originalEstimateSeconds
  const remaining = remainingSeconds(shown)
  const spent = spentSeconds(shown)
  const part = (name: string, seconds: number | null): readonly string[] =>
    seconds === null ? [] : [`"${name}":"${duration(seconds)}","${name}Seconds":${seconds}`]
  return `{${[...part('originalEstimate', original), ...part('remainingEstimate', remaining), ...part('timeSpent', spent)].join(',')}}`
}

const description: FieldRender = ({ view, issue }) => {
  const { hasDescription, sizeFactor } = attributes({ view, issue })
  if (!hasDescription) return 'null'
  const bytes = Math.max(100, (view.issueBytes - view.fixedBytes.value) * sizeFactor)
  return view.prose.document(createDice(view.world.seed, issue.state.descriptionRoll, DESCRIPTION_SALT), bytes)
}

const dueDate: FieldRender = (shown) => {
  const days = attributes(shown).dueInDays
  return days === null ? 'null' : `"${new Date(shown.issue.created + days * DAY_MS).toISOString().slice(0, 10)}"`
}

const versions =
  (pick: (issue: IssueView) => readonly Part[]): FieldRender =>
  (shown) =>
    list(
      pick(shown).map((version) =>
        named(shown.view, 'version', version, `"archived":${version.archived},"released":${version.released},`),
      ),
    )

const none: FieldRender = () => 'null'
const nothing: FieldRender = () => '[]'
const USER = { type: 'user' }
const NUMBER = { type: 'number' }
const DATE_TIME = { type: 'datetime' }

/** Jira's own fields, in the order in which an issue prints them. */
export const SYSTEM_FIELDS: readonly FieldSpec[] = [
  system('statuscategorychangedate', 'Status Category Changed', DATE_TIME, ({ view, issue }) =>
    view.time(issue.state.statusChangedAt),
  ),
  system('issuetype', 'Issue Type', { type: 'issuetype' }, ({ issue }) => issue.state.type.embeddedJson),
  system('parent', 'Parent', { type: 'issuelink' }, ({ view, issue }) => {
    const { parent } = issue.state
    return parent !== null && view.world.exists(parent) ? briefJson(view, parent) : undefined
  }),
  system('timespent', 'Time Spent', NUMBER, (shown) => numberOrNull(spentSeconds(shown))),
  system('project', 'Project', { type: 'project' }, ({ issue }) => issue.state.project.embeddedJson),
  system(
    'fixVersions',
    'Fix versions',
    { type: 'array', items: 'version' },
    versions((shown) => attributes(shown).fixVersions),
  ),
  system('aggregatetimespent', 'Σ Time Spent', NUMBER, (shown) => numberOrNull(spentSeconds(shown))),
  system('resolution', 'Resolution', { type: 'resolution' }, ({ view, issue }) => {
    const { resolution } = issue.state
    if (resolution === null) return 'null'
    const name = view.world.definitions.resolutions.get(resolution.id) ?? resolution.name
    return named(view, 'resolution', { ...resolution, name }, '"description":"",')
  }),
  system('resolutiondate', 'Resolved', DATE_TIME, ({ view, issue }) => view.timeOrNull(issue.state.resolvedAt)),
  system('workratio', 'Work Ratio', NUMBER, () => '-1'),
  system(
    'issuerestriction',
    'Restrict to',
    { type: 'issuerestriction' },
    () => '{"issuerestrictions":{},"shouldDisplay":true}',
    true,
  ),
  system('watches', 'Watchers', { type: 'watches' }, (shown) => {
    const self = shown.view.self(`issue/${shown.issue.id}/watchers`)
    return `{"self":${self},"watchCount":${attributes(shown).watchers},"isWatching":false}`
  }),
  system('lastViewed', 'Last Viewed', DATE_TIME, none),
  system('created', 'Created', DATE_TIME, ({ view, issue }) => view.time(issue.created)),
  system('priority', 'Priority', { type: 'priority' }, ({ view, issue }) => priorityJson(view, issue.state.priority)),
  system('labels', 'Labels', { type: 'array', items: 'string' }, ({ issue }) => list(issue.state.labels.map(quote))),
  system('timeestimate', 'Remaining Estimate', NUMBER, (shown) => numberOrNull(remainingSeconds(shown))),
  system('aggregatetimeoriginalestimate', 'Σ Original Estimate', NUMBER, (shown) =>
    numberOrNull(attributes(shown).originalEstimateSeconds),
  ),
  system(
    'versions',
    'Affects versions',
    { type: 'array', items: 'version' },
    versions((shown) => attributes(shown).affectedVersions),
  ),
  system('issuelinks', 'Linked Issues', { type: 'array', items: 'issuelinks' }, ({ view, issue }) =>
    list(view.world.links(issue.index).map((link) => linkJson(view, issue.index, link))),
  ),
  system('assignee', 'Assignee', USER, ({ view, issue }) => view.userJson(issue.state.assignee)),
  system('updated', 'Updated', DATE_TIME, ({ view, issue }) => view.time(issue.updated)),
  system('status', 'Status', { type: 'status' }, ({ view, issue }) => statusJson(issue.state.status, view.world)),
  system('components', 'Components', { type: 'array', items: 'component' }, (shown) =>
    list(attributes(shown).components.map((component) => named(shown.view, 'component', component))),
  ),
  system('timeoriginalestimate', 'Original estimate', NUMBER, (shown) =>
    numberOrNull(attributes(shown).originalEstimateSeconds),
  ),
  system('description', 'Description', { type: 'string' }, description),
  system('timetracking', 'Time tracking', { type: 'timetracking' }, timetracking, true),
  system('security', 'Security Level', { type: 'securitylevel' }, none),
  system('attachment', 'Attachment', { type: 'array', items: 'attachment' }, nothing, true, true),
  system('aggregatetimeestimate', 'Σ Remaining Estimate', NUMBER, (shown) => numberOrNull(remainingSeconds(shown))),
  system('summary', 'Summary', { type: 'string' }, ({ issue }) => quote(issue.state.summary)),
  system('creator', 'Creator', USER, ({ view, issue }) => view.userJson(issue.reporter)),
  system('subtasks', 'Sub-tasks', { type: 'array', items: 'issuelinks' }, ({ view, issue }) =>
    issue.state.type.hierarchyLevel === 0
      ? list(view.world.children(issue.index).map((child) => briefJson(view, child)))
      : '[]',
  ),
  system('reporter', 'Reporter', USER, ({ view, issue }) => view.userJson(issue.reporter)),
  system('aggregateprogress', 'Σ Progress', { type: 'progress' }, progress),
  system('environment', 'Environment', { type: 'string' }, none),
  system('duedate', 'Due date', { type: 'date' }, dueDate),
  system('progress', 'Progress', { type: 'progress' }, progress),
  system('votes', 'Votes', { type: 'votes' }, (shown) => {
    const self = shown.view.self(`issue/${shown.issue.id}/votes`)
    return `{"self":${self},"votes":${attributes(shown).votes},"hasVoted":false}`
  }),
  system(
    'comment',
    'Comment',
    { type: 'comments-page' },
    ({ view, issue }) => embeddedComments(view, issue.id, view.world.comments(issue)),
    true,
    true,
  ),
  system(
    'worklog',
    'Log Work',
    { type: 'array', items: 'worklog' },
    ({ view, issue }) => embeddedWorklogs(view, issue.id, view.world.worklogs(issue)),
    true,
    true,
  ),
]
