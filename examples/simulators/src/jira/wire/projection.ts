import type { Project } from '../world/projects.ts'
import { createCustomFields, type FieldChange, redefined } from './custom-fields.ts'
import type { FieldSpec } from './field-spec.ts'
import { embeddedChangelog } from './history-json.ts'
import { quote } from './json-text.ts'
import type { IssueView } from './site-view.ts'
import { SYSTEM_FIELDS } from './system-fields.ts'

/** Which fields of an issue an answer contains, compiled from a `fields` parameter. */
export interface Projection {
  readonly fields: readonly FieldSpec[]
  readonly hasKey: boolean
  /** Nothing but id and key: the only projections for which search honours pages above a hundred. */
  readonly identityOnly: boolean
  readonly multiValued: boolean
  /** Every field is named one by one, without wildcards. */
  readonly explicit: boolean
}

export interface Projections {
  readonly all: readonly FieldSpec[]
  /** @throws RangeError when there is no such field, or it cannot be changed so */
  readonly redefine: (id: string, change: FieldChange) => void
  readonly compile: (fields: readonly string[]) => Projection
}

/** Clients repeat a handful of field lists; anything beyond that is compiled anew. */
const REMEMBERED = 64

export const createProjections = (projects: readonly Project[], quiet: boolean): Projections => {
  const all = [...SYSTEM_FIELDS, ...createCustomFields(projects, quiet)]
  const compiled = new Map<string, Projection>()

  const compile = (names: readonly string[]): Projection => {
    const navigable = all.filter((field) => field.navigable)
    const byId = new Map(all.map((field) => [field.id, field]))
    const chosen = new Set<FieldSpec>()
    // A list that only excludes starts from the navigable fields.
    if (names.every((name) => name.startsWith('-'))) for (const field of navigable) chosen.add(field)
    for (const name of names) {
      if (name === '*all') for (const field of all) chosen.add(field)
      else if (name === '*navigable') for (const field of navigable) chosen.add(field)
      else if (!name.startsWith('-')) add(chosen, byId.get(name))
    }
    for (const name of names) {
      const field = name.startsWith('-') ? byId.get(name.slice(1)) : undefined
      if (field !== undefined) chosen.delete(field)
    }
    const fields = all.filter((field) => chosen.has(field))
    return {
      fields,
      hasKey: names.some((name) => name !== 'id'),
      identityOnly: names.every((name) => name === 'id' || name === 'key'),
      multiValued: fields.some(({ multiValued }) => multiValued),
      explicit: names.length > 0 && names.every((name) => !name.startsWith('*') && !name.startsWith('-')),
    }
  }

  return {
    all,
    redefine: (id, change) => {
      const at = all.findIndex((field) => field.custom && field.id === id)
      const field = all[at]
      if (field === undefined)
        throw new RangeError(`Failed to redefine field ${id}: there is no custom field of that id.`)
      all[at] = redefined(field, change)
      compiled.clear()
    },
    compile: (names) => {
      const memo = names.join(',')
      const known = compiled.get(memo)
      if (known !== undefined) return known
      const projection = compile(names)
      if (compiled.size >= REMEMBERED) compiled.clear()
      compiled.set(memo, projection)
      return projection
    },
  }
}

const add = (chosen: Set<FieldSpec>, field: FieldSpec | undefined): void => {
  if (field !== undefined) chosen.add(field)
}

export interface IssueExpansion {
  readonly changelog: boolean
  /** Histories that an embedded changelog may hold at most. */
  readonly historyLimit: number
  /** Its total counts only what is there. @default false */
  readonly hidesTotal?: boolean
  /** Embeds histories whole, as Data Center does, and not only the latest ones. @default false */
  readonly whole?: boolean
  /** Prints the issue without its `fields`, as Jira does when a field provider fails. */
  readonly withoutFields: boolean
}

/** Prints an issue. */
export const issueJson = (shown: IssueView, projection: Projection, expansion: IssueExpansion): string => {
  const { view, issue } = shown
  if (projection.identityOnly && !projection.hasKey) return `{"id":"${issue.id}"}`
  const head = `{"expand":"operations,versionedRepresentations,editmeta,changelog,renderedFields","id":"${issue.id}","self":${view.self(`issue/${issue.id}`)},"key":${quote(issue.key)}`
  const changelog = expansion.changelog ? `,"changelog":${embeddedChangelog(view, issue.histories, expansion)}` : ''
  if (projection.identityOnly || expansion.withoutFields) return `${head}${changelog}}`
  let fields = ''
  for (const field of projection.fields) {
    const json = field.render(shown)
    if (json !== undefined) fields += fields === '' ? `"${field.id}":${json}` : `,"${field.id}":${json}`
  }
  return `${head}${changelog},"fields":{${fields}}}`
}
