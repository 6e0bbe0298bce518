import { at, mix } from '../../random.ts'
import { LINK_TYPES, type LinkType } from './catalogue.ts'
import type { CensusPlan } from './census-plan.ts'
import type { Role } from './issue-types.ts'

/** A link between two issues of the site, given by their indexes; `outward` is the one that, say, blocks. */
export interface Link {
  readonly id: number
  readonly type: LinkType
  readonly outward: number
  readonly inward: number
}

/**
 * Who belongs to whom at birth. Numbers within a project form families of 25: one epic, eighteen base issues of which
 * about half belong to the epic, six subtasks of some of those. So parents, children and links need no index.
 */
export interface Relations {
  readonly roleOf: (index: number) => Role
  readonly parentOf: (index: number) => number | null
  readonly childrenOf: (index: number, size: number) => readonly number[]
  readonly linksOf: (index: number, size: number) => readonly Link[]
}

const FAMILY = 25
const BASE_MEMBERS = 18
const LINK_REACH = 7
const FIRST_LINK_ID = 20_000
const BASE_ROLES: readonly Role[] = ['story', 'story', 'task', 'task', 'bug', 'bug', 'improvement']
const SALT = { role: 31, parent: 32, link: 33, linkType: 34 }

export const createRelations = (seed: number, plan: CensusPlan): Relations => {
  const seat = (index: number): number => (plan.numberOf(index) - 1) % FAMILY
  const familyMember = (index: number, wanted: number): number =>
    plan.indexOf(plan.projectOf(index), plan.numberOf(index) - seat(index) + wanted)

  const parentOf = (index: number): number | null => {
    const own = seat(index)
    const roll = mix(seed, index, SALT.parent)
    if (own === 0) return null
    if (own > BASE_MEMBERS) return familyMember(index, 1 + (roll % BASE_MEMBERS))
    return roll % 2 === 0 ? familyMember(index, 0) : null
  }

  const outwardLink = (index: number): Link | undefined => {
    const roll = mix(seed, index, SALT.link)
    const number = plan.numberOf(index) - 1 - (Math.floor(roll / 8) % LINK_REACH)
    if (roll % 5 !== 0 || number < 1) return undefined
    const type = at(LINK_TYPES, mix(seed, index, SALT.linkType) % LINK_TYPES.length)
    return { id: FIRST_LINK_ID + index, type, outward: index, inward: plan.indexOf(plan.projectOf(index), number) }
  }

  return {
    roleOf: (index) => {
      const own = seat(index)
      if (own === 0) return 'epic'
      return own > BASE_MEMBERS ? 'subtask' : at(BASE_ROLES, mix(seed, index, SALT.role) % BASE_ROLES.length)
    },
    parentOf,
    childrenOf: (index, size) => {
      const own = seat(index)
      const [from, to] = own === 0 ? [1, BASE_MEMBERS] : own <= BASE_MEMBERS ? [BASE_MEMBERS + 1, FAMILY - 1] : [1, 0]
      const children: number[] = []
      for (let member = from; member <= to; member++) {
        const child = familyMember(index, member)
        if (child < size && parentOf(child) === index) children.push(child)
      }
      return children
    },
    linksOf: (index, size) => {
      const links: Link[] = []
      const own = outwardLink(index)
      if (own !== undefined) links.push(own)
      for (let ahead = 1; ahead <= LINK_REACH; ahead++) {
        const other = plan.indexOf(plan.projectOf(index), plan.numberOf(index) + ahead)
        const link = other < size ? outwardLink(other) : undefined
        if (link?.inward === index) links.push(link)
      }
      return links
    },
  }
}
