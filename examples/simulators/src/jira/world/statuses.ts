import type { Definitions } from './definitions.ts'
import type { Style } from './projects.ts'
import type { World } from './world.ts'

/** Jira's status categories: what every workflow, however named, boils down to. */
export type CategoryKey = 'new' | 'indeterminate' | 'done'

export interface Status {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly category: CategoryKey
  /** The project a team-managed status belongs to; global statuses have none. */
  readonly projectId: string | undefined
}

const CATEGORIES = {
  new: { id: 2, colorName: 'blue-gray', name: 'To Do' },
  indeterminate: { id: 4, colorName: 'yellow', name: 'In Progress' },
  done: { id: 3, colorName: 'green', name: 'Done' },
} as const

const global = (id: string, name: string, category: CategoryKey): Status => ({
  id,
  name,
  description: category === 'indeterminate' ? 'This issue is being actively worked on at the moment.' : '',
  category,
  projectId: undefined,
})

const SIMPLIFIED_WORKFLOW: readonly Status[] = [
  global('10000', 'To Do', 'new'),
  global('3', 'In Progress', 'indeterminate'),
  global('10001', 'In Review', 'indeterminate'),
  global('10002', 'Done', 'done'),
]

const CLASSIC_WORKFLOW: readonly Status[] = [
  global('1', 'Open', 'new'),
  global('10074', '开发中', 'indeterminate'),
  global('10075', 'Waiting for release', 'indeterminate'),
  global('5', 'Resolved', 'done'),
  global('6', 'Closed', 'done'),
]

const TEAM_MANAGED = [
  ['To Do', 'new'],
  ['In Progress', 'indeterminate'],
  ['In Review', 'indeterminate'],
  ['Done', 'done'],
] as const

/** The workflow of a project, in the order in which an issue usually passes through it. */
export const workflowOf = (style: Style, projectIndex: number, projectId: string): readonly Status[] => {
  if (style === 'classic') return projectIndex % 3 === 0 ? SIMPLIFIED_WORKFLOW : CLASSIC_WORKFLOW
  return TEAM_MANAGED.map(([name, category], position) => ({
    id: String(11_000 + projectIndex * 10 + position),
    name,
    description: '',
    category,
    projectId,
  }))
}

/** The statuses that exist on the site whether or not a project uses them. */
export const GLOBAL_STATUSES: readonly Status[] = [
  ...SIMPLIFIED_WORKFLOW,
  ...CLASSIC_WORKFLOW,
  {
    ...global('4', 'Reopened', 'new'),
    description: 'This issue was once resolved, but the resolution was deemed incorrect.',
  },
]

/** A status as it is defined today. */
export const presentStatus = (status: Status, { statuses }: Definitions): Status => ({
  ...status,
  ...statuses.get(status.id),
})

/** Those that exist at a moment, now if none is given. */
export const existingStatuses = (
  of: readonly Status[],
  { removedStatuses }: Pick<Definitions, 'removedStatuses'>,
  at: number = Number.POSITIVE_INFINITY,
): readonly Status[] => {
  if (removedStatuses.size === 0) return of
  return of.filter(({ id }) => (removedStatuses.get(id) ?? Number.POSITIVE_INFINITY) >= at)
}

const rendered = new WeakMap<Definitions, Map<string, string>>()

/** Forgets how statuses were printed, since one of them changed. */
export const reprintStatuses = (definitions: Definitions): void => {
  rendered.delete(definitions)
}

/** A status as it appears inside an issue and in the answers of `/status` and `/project/{id}/statuses`. */
export const statusJson = (of: Status, { siteUrl, definitions }: Pick<World, 'siteUrl' | 'definitions'>): string => {
  const printed = rendered.get(definitions) ?? new Map<string, string>()
  rendered.set(definitions, printed)
  const known = printed.get(of.id)
  if (known !== undefined) return known
  const status = presentStatus(of, definitions)
  const category = CATEGORIES[status.category]
  const json = JSON.stringify({
    self: `${siteUrl}/rest/api/3/status/${status.id}`,
    description: status.description,
    iconUrl: `${siteUrl}/images/icons/statuses/generic.png`,
    name: status.name,
    untranslatedName: status.name,
    id: status.id,
    statusCategory: {
      self: `${siteUrl}/rest/api/3/statuscategory/${category.id}`,
      id: category.id,
      key: status.category,
      colorName: category.colorName,
      name: category.name,
    },
    ...(status.projectId !== undefined && { scope: { type: 'PROJECT', project: { id: status.projectId } } }),
  })
  printed.set(of.id, json)
  return json
}
