import { createDice, hex } from '../../random.ts'
import type { Person, Team } from './facts.ts'

const GIVEN = ['ada', 'grace', 'linus', 'barbara', 'edsger', 'radia', 'donald', 'frances', 'ken', 'margaret'] as const
const PEOPLE = 40
const PEOPLE_SALT = 0x70656f

/** Node ids look like GitHub's: a prefix that names the type, then something opaque. */
export const nodeId = (prefix: string, a: number, b: number, c: number): string =>
  `${prefix}_${Buffer.from(hex(a, b, c, 18), 'hex').toString('base64url')}`

export interface Crowd {
  readonly people: readonly Person[]
  readonly users: readonly Person[]
  readonly teams: readonly Team[]
}

export const createCrowd = (seed: number): Crowd => {
  const people = Array.from({ length: PEOPLE }, (_, index): Person => {
    const name = GIVEN[index % GIVEN.length] ?? 'ada'
    const dice = createDice(seed, index, PEOPLE_SALT)
    const type =
      index % 11 === 5 ? 'Bot' : index % 13 === 7 ? 'Mannequin' : index === 9 ? 'EnterpriseUserAccount' : 'User'
    const prefix = { User: 'U', Bot: 'BOT', Mannequin: 'MNQ', EnterpriseUserAccount: 'EUA' }[type]
    return {
      type,
      id: nodeId(prefix, seed, index, PEOPLE_SALT),
      login: type === 'Bot' ? `${name}-bot-${index}` : `${name}-${index}`,
      name: type === 'User' && dice.chance(0.8) ? `${name} ${index}` : null,
    }
  })
  return {
    people,
    users: people.filter(({ type }) => type === 'User'),
    teams: ['platform', 'security', 'frontend'].map((slug, index) => ({
      type: 'Team',
      id: nodeId('T', seed, index, 0x7465),
      slug,
      name: slug.toUpperCase(),
    })),
  }
}
