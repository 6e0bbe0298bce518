import type { Person } from '../world/people.ts'
import { isDocument, wikiMarkup } from './wiki-markup.ts'

/** What Cloud has and Data Center has not. */
const CLOUD_ONLY = new Set([
  'scope',
  'hierarchyLevel',
  'entityId',
  'untranslatedName',
  'simplified',
  'style',
  'isPrivate',
])

/**
 * An answer as Data Center would give it: users have names and keys instead of account ids, rich text is wiki markup,
 * sprints are printed Java objects, and addresses are those of version 2.
 */
export const asDataCenter = (body: string, people: readonly Person[]): string => {
  const positions = new Map(people.map(({ accountId }, index) => [accountId, index]))
  return JSON.stringify(JSON.parse(body.replaceAll('/rest/api/3/', '/rest/api/2/')), (_name, value: unknown) => {
    if (isDocument(value)) return wikiMarkup(value)
    if (isSprints(value)) return value.map(sprintText)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const accountId: unknown = Reflect.get(value, 'accountId')
    if (typeof accountId === 'string') {
      const { accountId: _, accountType: __, ...user } = value as Record<string, unknown>
      const position = positions.get(accountId) ?? 0
      return { ...user, key: `JIRAUSER${10_000 + position}`, name: `user${position}` }
    }
    return Object.fromEntries(Object.entries(value).filter(([name]) => !CLOUD_ONLY.has(name)))
  })
}

interface Sprint {
  readonly id: number
  readonly boardId: number
  readonly state: string
  readonly name: string
  readonly goal: string
  readonly startDate: string
  readonly endDate: string
  readonly completeDate?: string
}

const isSprints = (value: unknown): value is readonly Sprint[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'object' && 'boardId' in each)

const sprintText = ({ id, boardId, state, name, goal, startDate, endDate, completeDate }: Sprint): string =>
  `com.atlassian.greenhopper.service.sprint.Sprint@${id.toString(16)}[id=${id},rapidViewId=${boardId},state=${state.toUpperCase()},` +
  `name=${name},startDate=${startDate},endDate=${endDate},completeDate=${completeDate ?? '<null>'},sequence=${id},goal=${goal}]`
