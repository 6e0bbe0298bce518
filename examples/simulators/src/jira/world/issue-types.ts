import { uuid } from '../../random.ts'
import type { Style } from './projects.ts'

/** What an issue is, independent of the project's own names: a position in every project's list of types. */
export const ROLES = ['epic', 'story', 'task', 'bug', 'improvement', 'subtask'] as const
export type Role = (typeof ROLES)[number]

export interface IssueType {
  readonly id: string
  readonly role: Role
  /** What it was called at first, which is how histories name it. */
  readonly name: string
  /** -1 subtask, 0 base, 1 epic. */
  readonly hierarchyLevel: -1 | 0 | 1
  /** The project a team-managed type belongs to; global types have none. */
  readonly projectId: string | undefined
  /** The object as answered by `/issuetype`. */
  json: string
  /** The object as it appears inside an issue. */
  embeddedJson: string
}

const NAMES: Record<Role, { readonly classic: string; readonly teamManaged: string; readonly description: string }> = {
  epic: { classic: 'Epic', teamManaged: 'Epic', description: 'A big user story that needs to be broken down.' },
  story: { classic: '故事', teamManaged: 'Story', description: '表述为用户目标的功能。' },
  task: { classic: 'Task', teamManaged: 'Task', description: 'A small, distinct piece of work.' },
  bug: { classic: 'Bug', teamManaged: 'Bug', description: 'A problem or error.' },
  improvement: { classic: '改进', teamManaged: 'Improvement', description: 'An improvement of something that exists.' },
  subtask: { classic: 'Sub-task', teamManaged: 'Subtask', description: 'A piece of work required to complete a task.' },
}

const ICON_BASE = 10_300
const TYPE_SALT = 0x747970

/** The issue types of a project in the order of {@link ROLES}; classic projects share the global ones. */
export const issueTypesOf = (
  style: Style,
  projectIndex: number,
  projectId: string,
  seed: number,
  siteUrl: string,
): readonly IssueType[] =>
  ROLES.map((role, position) => {
    const teamManaged = style === 'next-gen'
    const id = String(teamManaged ? 12_000 + projectIndex * 10 + position : 10_001 + position)
    const hierarchyLevel = role === 'epic' ? 1 : role === 'subtask' ? -1 : 0
    const embedded = {
      self: `${siteUrl}/rest/api/3/issuetype/${id}`,
      id,
      description: NAMES[role].description,
      iconUrl: `${siteUrl}/rest/api/2/universal_avatar/view/type/issuetype/avatar/${ICON_BASE + position}?size=medium`,
      name: teamManaged ? NAMES[role].teamManaged : NAMES[role].classic,
      subtask: role === 'subtask',
      avatarId: ICON_BASE + position,
      ...(teamManaged && { entityId: uuid(seed, projectIndex * 10 + position, TYPE_SALT) }),
      hierarchyLevel,
    }
    const scope = teamManaged ? { scope: { type: 'PROJECT', project: { id: projectId } } } : {}
    return {
      id,
      role,
      name: embedded.name,
      hierarchyLevel,
      projectId: teamManaged ? projectId : undefined,
      json: JSON.stringify({ ...embedded, untranslatedName: NAMES[role].teamManaged, ...scope }),
      embeddedJson: JSON.stringify(embedded),
    }
  })

/** The type that plays a role in a project. */
export const typeForRole = (types: readonly IssueType[], role: Role): IssueType => {
  const found = types.find((type) => type.role === role)
  if (found === undefined)
    throw new RangeError(`Failed to find the issue type for ${role}: the project has no such type.`)
  return found
}
