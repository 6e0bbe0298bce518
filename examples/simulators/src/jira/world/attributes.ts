import { createDice, mix } from '../../random.ts'
import { COMPONENTS, VERSIONS } from './catalogue.ts'
import { type Part, presentPart } from './parts.ts'
import type { Project } from './projects.ts'

/** Facts of an issue that nobody edits: drawn once from the seed. Versions and components are removed by administrators. */
export interface Attributes {
  readonly components: readonly Part[]
  readonly fixVersions: readonly Part[]
  readonly affectedVersions: readonly Part[]
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

export const attributesOf = (seed: number, index: number, project: Project): Attributes => {
  const dice = createDice(seed, index, ATTRIBUTE_SALT)
  const some = (list: readonly Part[], probability: number): readonly Part[] => {
    const present = dice.chance(probability) ? presentPart(dice.pick(list)) : null
    return present === null ? [] : [present]
  }
  // Those that were there at first: nobody chose another one since.
  const [components, versions] = [
    project.components.slice(0, COMPONENTS.length),
    project.versions.slice(0, VERSIONS.length),
  ]
  return {
    components: some(components, 0.5),
    fixVersions: some(versions, 0.4),
    affectedVersions: some(versions, 0.15),
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
