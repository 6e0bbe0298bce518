import { createDice, mix } from '../../random.ts'
import { COMPONENTS, type Named, VERSIONS } from './catalogue.ts'
import type { Project } from './projects.ts'

/** Facts of an issue that never change: drawn once from the seed, never recorded in a changelog. */
export interface Attributes {
  readonly components: readonly Named[]
  readonly fixVersions: readonly Named[]
  readonly affectedVersions: readonly Named[]
  /** Days after creation, or none. */
  readonly dueInDays: number | null
  readonly originalEstimateSeconds: number | null
  readonly votes: number
  readonly watchers: number
  /** How far this size is from the site's average, 0.4 to 1.6. */
  readonly sizeFactor: number
  readonly hasDescription: boolean
}

const ATTRIBUTE_SALT = 61
const SCALE = 1000

export const componentsOfProject = (project: Project): readonly Named[] =>
  COMPONENTS.map((name, order) => ({ id: String(20_000 + project.index * 100 + order), name }))

export const versionsOfProject = (project: Project): readonly Named[] =>
  VERSIONS.map((name, order) => ({ id: String(30_000 + project.index * 100 + order), name }))

export const attributesOf = (seed: number, index: number, project: Project): Attributes => {
  const dice = createDice(seed, index, ATTRIBUTE_SALT)
  const some = (list: readonly Named[], probability: number): readonly Named[] =>
    dice.chance(probability) ? [dice.pick(list)] : []
  return {
    components: some(componentsOfProject(project), 0.5),
    fixVersions: some(versionsOfProject(project), 0.4),
    affectedVersions: some(versionsOfProject(project), 0.15),
    dueInDays: dice.chance(0.2) ? 7 + dice.below(60) : null,
    originalEstimateSeconds: dice.chance(0.3) ? 3600 * (1 + dice.below(40)) : null,
    votes: dice.chance(0.1) ? dice.below(9) : 0,
    watchers: 1 + dice.below(5),
    sizeFactor: 0.4 + (1.2 * dice.below(SCALE)) / SCALE,
    hasDescription: dice.chance(0.94),
  }
}

/** A draw for one field of one issue: what generic custom fields are filled from. */
export const fieldDraw = (seed: number, index: number, fieldNumber: number): number => mix(seed, index, fieldNumber)
