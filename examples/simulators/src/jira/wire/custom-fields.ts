import { at } from '../../random.ts'
import { fieldDraw } from '../world/attributes.ts'
import { TEAMS } from '../world/catalogue.ts'
import type { Project } from '../world/projects.ts'
import { developmentField } from './development-json.ts'
import type { FieldRender, FieldSpec } from './field-spec.ts'
import { list, numberOrNull, quote } from './json-text.ts'
import type { SiteView } from './site-view.ts'
import { SPRINT_BOARD, sprintFacts } from './sprint-json.ts'

const DAY_MS = 86_400_000
const TYPES = 'com.atlassian.jira.plugin.system.customfieldtypes'

type Fill = (draw: number, view: SiteView) => string

const OPTIONS = ['Bronze', 'Silver', 'Gold', '白金'] as const
const option = (draw: number, field: number): string => {
  const id = 10_500 + (field % 100) * 10 + (draw % OPTIONS.length)
  return `{"self":"https://example.net/rest/api/3/customFieldOption/${id}","value":${quote(at(OPTIONS, draw % OPTIONS.length))},"id":"${id}"}`
}
const day = (draw: number): string =>
  `"${new Date(1_700_000_000_000 + (draw % 1000) * DAY_MS).toISOString().slice(0, 10)}"`

/** Kinds of generic custom field: schema type, type key, and how a value is drawn. */
const KINDS: Record<
  string,
  { readonly type: string; readonly items?: string; readonly key: string; readonly fill: (field: number) => Fill }
> = {
  text: { type: 'string', key: `${TYPES}:textfield`, fill: () => (draw) => quote(`note ${draw % 5000}`) },
  textarea: {
    type: 'string',
    key: `${TYPES}:textarea`,
    fill: () => (draw) =>
      `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"note ${draw % 5000}"}]}]}`,
  },
  url: {
    type: 'string',
    key: `${TYPES}:url`,
    fill: () => (draw) => quote(`https://crm.example.com/deals/${draw % 9000}`),
  },
  number: { type: 'number', key: `${TYPES}:float`, fill: () => (draw) => String((draw % 4000) / 4) },
  date: { type: 'date', key: `${TYPES}:datepicker`, fill: () => day },
  datetime: {
    type: 'datetime',
    key: `${TYPES}:datetime`,
    fill: () => (draw, view) => view.time(1_700_000_000_000 + (draw % 100_000) * 60_000),
  },
  select: { type: 'option', key: `${TYPES}:select`, fill: (field) => (draw) => option(draw, field) },
  multiselect: {
    type: 'array',
    items: 'option',
    key: `${TYPES}:multiselect`,
    fill: (field) => (draw) => list([option(draw, field), option(draw + 1, field)]),
  },
  cascade: {
    type: 'option-with-child',
    key: `${TYPES}:cascadingselect`,
    fill: (field) => (draw) => `${option(draw, field).slice(0, -1)},"child":${option(draw >>> 3, field + 1)}}`,
  },
  user: {
    type: 'user',
    key: `${TYPES}:userpicker`,
    fill: () => (draw, view) => view.userJson(draw % view.world.people.length),
  },
  users: {
    type: 'array',
    items: 'user',
    key: `${TYPES}:multiuserpicker`,
    fill: () => (draw, view) => list([view.userJson(draw % view.world.people.length)]),
  },
  labels: {
    type: 'array',
    items: 'string',
    key: `${TYPES}:labels`,
    fill: () => (draw) => list([quote(`tag-${draw % 20}`), quote(`tag-${(draw % 20) + 1}`)]),
  },
}

/** Generic fields: number, name, kind, percentage of issues that have a value. */
const GENERIC: readonly (readonly [number, string, string, number])[] = [
  [10002, 'Customer', 'text', 30],
  [10003, 'Approvers', 'users', 5],
  [10015, 'Start date', 'date', 25],
  [10022, 'Target start', 'date', 10],
  [10024, 'Business value', 'number', 20],
  [10027, 'Severity', 'select', 35],
  [10028, 'Environments', 'multiselect', 15],
  [10030, 'Root cause', 'cascade', 10],
  [10031, 'Tester', 'user', 15],
  [10032, 'Deal', 'url', 10],
  [10033, 'Acceptance criteria', 'textarea', 20],
  [10034, 'Code changed', 'select', 40],
  [10035, 'Release train', 'text', 10],
  [10036, 'Effort (days)', 'number', 12],
  [10037, 'Tags', 'labels', 15],
  [10038, 'Went live', 'datetime', 12],
  [10039, '客户等级', 'select', 18],
  [10040, 'Original story points', 'number', 8],
  [10041, 'Notes for release', 'textarea', 6],
  [10042, 'Never used', 'text', 0],
]

const custom = (
  number: number,
  name: string,
  schema: { type: string; items?: string; key: string },
  render: FieldRender,
  scope?: string,
): FieldSpec => ({
  id: `customfield_${number}`,
  name,
  custom: true,
  navigable: true,
  multiValued: false,
  schema: {
    type: schema.type,
    ...(schema.items !== undefined && { items: schema.items }),
    custom: schema.key,
    customId: number,
  },
  clauseNames: [`cf[${number}]`, name],
  scopeProjectId: scope,
  render,
})

const software = (key: string): string => `com.pyxis.greenhopper.jira:${key}`

const KNOWN: readonly FieldSpec[] = [
  custom(
    10000,
    'Development',
    { type: 'any', key: 'com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf' },
    ({ view, issue }) => quote(developmentField(view.world.development(issue))),
  ),
  custom(
    10001,
    'Team',
    { type: 'team', key: 'com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team' },
    ({ view, issue }) => {
      const draw = fieldDraw(view.world.seed, issue.index, 10001)
      const team = draw % (TEAMS.length * 2)
      return team >= TEAMS.length
        ? 'null'
        : `{"id":"team-${team}","name":${quote(at(TEAMS, team))},"isVisible":true,"isVerified":false}`
    },
  ),
  custom(10014, 'Epic Link', { type: 'any', key: software('gh-epic-link') }, ({ view, issue }) => {
    const { parent, type, project } = issue.state
    if (parent === null || type.hierarchyLevel !== 0 || project.style !== 'classic') return 'null'
    return view.world.exists(parent) ? quote(view.world.issue(parent).key) : 'null'
  }),
  custom(10016, 'Story point estimate', { type: 'number', key: software('jsw-story-points') }, ({ issue }) =>
    numberOrNull(issue.state.storyPoints),
  ),
  custom(
    10018,
    'Parent Link',
    { type: 'any', key: 'com.atlassian.jpo:jpo-custom-field-parent' },
    () => '{"hasEpicLinkFieldDependency":false,"showField":false}',
  ),
  custom(
    10019,
    'Rank',
    { type: 'any', key: software('gh-lexo-rank') },
    ({ issue }) => `"0|i${issue.index.toString(36).padStart(5, '0')}:"`,
  ),
  custom(10020, 'Sprint', { type: 'array', items: 'json', key: software('gh-sprint') }, ({ view, issue }) => {
    const { sprints } = issue.state
    if (sprints.length === 0) return 'null'
    return JSON.stringify(sprints.map((sprint) => ({ ...sprintFacts(view, sprint), boardId: SPRINT_BOARD })))
  }),
  custom(10021, 'Flagged', { type: 'array', items: 'option', key: `${TYPES}:multicheckboxes` }, ({ view, issue }) =>
    fieldDraw(view.world.seed, issue.index, 10021) % 20 === 0
      ? '[{"self":"https://example.net/rest/api/3/customFieldOption/10019","value":"Impediment","id":"10019"}]'
      : 'null',
  ),
  custom(
    10023,
    '[CHART] Time in Status',
    { type: 'any', key: 'com.atlassian.jira.ext.charting:timeinstatus' },
    ({ issue }) =>
      issue.state.resolvedAt === null
        ? 'null'
        : `"1_*:*_1_*:*_${issue.state.resolvedAt - issue.created}_*|*_${issue.state.status.id}_*:*_1_*:*_0"`,
  ),
]

/** The site's custom fields, including one per team-managed project that exists only there. A quiet site made none itself. */
export const createCustomFields = (projects: readonly Project[], quiet: boolean): readonly FieldSpec[] => [
  ...KNOWN,
  ...(quiet ? [] : GENERIC).map(([number, name, kindName, percent]) => generic(number, name, kindName, percent)),
  ...projects
    .filter(({ style, state }) => style === 'next-gen' && state === 'live')
    .map((project) => generic(10_200 + project.index, `${project.key} notes`, 'text', 50, project.id)),
]

/** What administrators may change of a field. */
export interface FieldChange {
  readonly name?: string
  /** A kind of generic field, such as `text` or `number`. */
  readonly kind?: string
}

/** @throws RangeError when the field, or its kind, is none that can be changed */
export const redefined = (field: FieldSpec, { name = field.name, kind }: FieldChange): FieldSpec => {
  if (kind === undefined) return { ...field, name, clauseNames: [...field.clauseNames.slice(0, 1), name] }
  const [number, , , percent] = GENERIC.find(([known]) => field.id === `customfield_${known}`) ?? []
  if (number === undefined || percent === undefined)
    throw new RangeError(`Failed to redefine field ${field.id}: its kind is fixed. Name a generic field.`)
  return generic(number, name, kind, percent)
}

const generic = (number: number, name: string, kindName: string, percent: number, scope?: string): FieldSpec => {
  const kind = KINDS[kindName]
  if (kind === undefined) throw new RangeError(`Failed to define field ${name}: there is no kind ${kindName}.`)
  const fill = kind.fill(number)
  const render: FieldRender = ({ view, issue }) => {
    if (scope !== undefined && issue.state.project.id !== scope) return undefined
    const draw = fieldDraw(view.world.seed, issue.index, number)
    return draw % 100 < percent ? fill(Math.floor(draw / 100), view) : 'null'
  }
  return custom(number, name, kind, render, scope)
}
