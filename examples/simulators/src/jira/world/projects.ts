import { at, mix, uuid } from '../../random.ts'
import { COMPONENTS, VERSIONS } from './catalogue.ts'
import { type IssueType, issueTypesOf } from './issue-types.ts'
import { type Part, partsOf } from './parts.ts'
import type { Person } from './people.ts'
import { type Status, workflowOf } from './statuses.ts'

export type Style = 'classic' | 'next-gen'
export type ProjectState = 'live' | 'archived' | 'deleted'

export interface Project {
  /** Position among the projects that were live at first; those archived and deleted before come after them and hold no issues. */
  readonly index: number
  readonly id: string
  /** Changes when it is renamed; its issues' keys change with it, and nothing of them is touched. */
  key: string
  name: string
  /** What it was called at first, which is how histories and texts from then name it. */
  readonly born: { readonly key: string; readonly name: string }
  /** Keys that it had before. They lead to it and to its issues as long as it lives. */
  formerKeys: readonly string[]
  readonly style: Style
  /** Changes when the project is archived, deleted or restored. */
  state: ProjectState
  /** Whether the user may browse it; what happens to it meanwhile happens unseen. */
  isVisible: boolean
  readonly uuid: string | undefined
  readonly lead: Person
  readonly types: readonly IssueType[]
  readonly workflow: readonly Status[]
  /** Those that are gone included, in the order in which they were made. */
  readonly versions: Part[]
  readonly components: Part[]
  /** How many of the issues in one round of creation fall to this project. */
  readonly weight: number
  /** The object as it appears inside an issue. */
  embeddedJson: string
}

const KNOWN = [
  ['CORE', 'Core Platform'],
  ['PAY', 'Payments'],
  ['WEB', 'Web Shop'],
  ['MOB', 'Mobile Apps 📱'],
  ['OPS', 'Operations'],
  ['DATA', '数据平台'],
  ['SEC', 'Security'],
  ['DOC', 'Documentation'],
] as const

const WEIGHTS = [8, 4, 4, 2, 2, 1] as const
const PROJECT_SALT = 0x70726a

/** The live projects of a site, one archived and one deleted one. */
export const createProjects = (
  seed: number,
  live: number,
  siteUrl: string,
  people: readonly Person[],
): readonly Project[] =>
  Array.from({ length: live + 2 }, (_, index) => {
    const state: ProjectState = index < live ? 'live' : index === live ? 'archived' : 'deleted'
    const known = state === 'live' ? KNOWN[index] : undefined
    const key = known?.[0] ?? (state === 'live' ? `PRJ${index + 1}` : state === 'archived' ? 'OLD' : 'GONE')
    const name = known?.[1] ?? (state === 'live' ? `Project ${index + 1}` : state === 'archived' ? 'Old Times' : 'Gone')
    const style: Style = index % 3 === 2 ? 'next-gen' : 'classic'
    const id = String(10_000 + index)
    return {
      index,
      id,
      key,
      name,
      born: { key, name },
      formerKeys: [],
      style,
      state,
      isVisible: true,
      uuid: style === 'next-gen' ? uuid(seed, index, PROJECT_SALT) : undefined,
      lead: at(people, mix(seed, index, PROJECT_SALT) % people.length),
      types: issueTypesOf(style, index, id, seed, siteUrl),
      workflow: workflowOf(style, index, id),
      versions: partsOf(VERSIONS, 30_000 + index * 100),
      components: partsOf(COMPONENTS, 20_000 + index * 100),
      weight: WEIGHTS[index] ?? 1,
      embeddedJson: embeddedProject({ id, key, name, style }, siteUrl),
    }
  })

export const embeddedProject = (
  { id, key, name, style }: Pick<Project, 'id' | 'key' | 'name' | 'style'>,
  siteUrl: string,
): string =>
  JSON.stringify({
    self: `${siteUrl}/rest/api/3/project/${id}`,
    id,
    key,
    name,
    projectTypeKey: 'software',
    simplified: style === 'next-gen',
    avatarUrls: Object.fromEntries(
      [48, 24, 16, 32].map((size) => [`${size}x${size}`, `${siteUrl}/avatar/${id}/${size}`]),
    ),
  })

/** Whether a project is known by this key now, or was before. */
export const hasKey = ({ key, formerKeys }: Project, wanted: string): boolean =>
  key === wanted || formerKeys.includes(wanted)
