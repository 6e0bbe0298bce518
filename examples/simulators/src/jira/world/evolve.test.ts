import { describe, expect, it } from 'vitest'
import { createEvolve } from './evolve.ts'
import { createWorld, type World } from './world.ts'

const NOW = Date.UTC(2026, 8, 1)
const HOUR_MS = 3_600_000

const site = (issues = 400): { readonly world: World; readonly evolve: ReturnType<typeof createEvolve> } => {
  const world = createWorld({
    seed: 3,
    issues,
    projects: 4,
    siteUrl: 'https://acme.atlassian.net',
    now: NOW,
    clockRuns: false,
    quiet: false,
  })
  return { world, evolve: createEvolve(world, HOUR_MS) }
}

const indexOf = (world: World, idOrKey: string): number => {
  const index = world.find(idOrKey)
  if (index === undefined) throw new Error(`${idOrKey} does not exist`)
  return index
}

describe('evolving a site', () => {
  it('leads to the same site for the same requests, however the site is read meanwhile', () => {
    const request = {
      edits: 20,
      transitions: 5,
      moves: 5,
      unlinks: 5,
      pullRequestUnlinks: 3,
      deletions: 5,
      additions: 7,
    }
    const [a, b] = [site(), site()]
    for (const { world } of [a]) for (let index = 0; index < 400; index++) world.issue(index)
    expect([a.evolve(request), a.evolve(request)]).toEqual([b.evolve(request), b.evolve(request)])
    const everything = (world: World) => Array.from({ length: world.columns.size() }, (_, index) => world.issue(index))
    expect(everything(a.world)).toEqual(everything(b.world))
  })

  it('touches an edited issue within the period that passed, and no other', () => {
    const { world, evolve } = site()
    const before = Array.from({ length: 400 }, (_, index) => world.issue(index).updated)
    const { edited, from, until } = evolve({ edits: 10 })
    expect(until - from).toBe(HOUR_MS)
    for (let index = 0; index < 400; index++) {
      const { id, updated } = world.issue(index)
      if (edited.includes(id)) expect(updated > from && updated <= until).toBe(true)
      else expect(updated).toBe(before[index])
      expect(world.columns.updated(index)).toBe(updated)
    }
  })

  it('keeps the earlier histories of an issue that it changes, byte for byte', () => {
    const { world, evolve } = site()
    const earlier = world.issue(indexOf(world, '10007')).histories
    evolve({ transitions: ['10007'] })
    const later = world.issue(indexOf(world, '10007'))
    expect(later.histories.slice(0, earlier.length)).toEqual(earlier)
    expect(later.histories.at(-1)?.items[0]).toMatchObject({ field: 'status', to: later.state.status.id })
  })

  it('moves an issue under a new key, finds it by the old one, and translates status and type to the new project', () => {
    const { world, evolve } = site()
    const oldKey = world.issue(3).key
    const project = world.issue(3).state.project.key === 'WEB' ? 'CORE' : 'WEB'
    const { moved } = evolve({ moves: [{ issue: oldKey, project }] })
    expect(moved).toEqual([{ id: '10003', from: oldKey, to: expect.stringMatching(new RegExp(`^${project}-`)) }])
    const { state, key } = world.issue(indexOf(world, oldKey))
    expect(world.find(key)).toBe(3)
    expect(state.project.workflow).toContain(state.status)
    expect(state.project.types).toContain(state.type)
    expect(state.parent).toBeNull()
  })

  it('touches both ends of a link that is removed, and neither end of a pull request', () => {
    const { world, evolve } = site()
    const { unlinked, unlinkedPullRequests, from } = evolve({ unlinks: 1, pullRequestUnlinks: 1 })
    const touched = Array.from({ length: 400 }, (_, index) => world.issue(index)).filter(
      ({ updated }) => updated > from,
    )
    expect(unlinked).toHaveLength(1)
    expect(unlinkedPullRequests).toHaveLength(1)
    expect(touched.map(({ histories }) => histories.at(-1)?.items[0]?.field)).toEqual(['Link', 'Link'])
  })

  it('deletes an issue so that nothing refers to it any more, and touches what did', () => {
    const { world, evolve } = site()
    const parent =
      Array.from({ length: 400 }, (_, index) => index).find((index) => world.children(index).length > 2) ?? 0
    const children = world.children(parent)
    const { from } = evolve({ deletions: [String(10_000 + parent)] })
    expect(world.exists(parent)).toBe(false)
    for (const child of children) {
      expect(world.issue(child).state.parent).toBeNull()
      expect(world.issue(child).updated).toBeGreaterThan(from)
    }
  })

  it('adds issues after all others', () => {
    const { world, evolve } = site()
    const { added, from, until } = evolve({ additions: 30 })
    expect(added[0]).toBe('10400')
    for (const id of added) {
      const { created, histories } = world.issue(indexOf(world, id))
      expect(created > from && created <= until).toBe(true)
      expect(histories).toEqual([])
    }
  })

  it('refuses a request that names what does not exist, and changes nothing', () => {
    const { world, evolve } = site()
    expect(() => evolve({ edits: ['10001'], deletions: ['99999'] })).toThrow('Failed to evolve issue 99999')
    expect(() => evolve({ moves: [{ issue: '10001', project: 'NOPE' }] })).toThrow('there is no live project NOPE')
    expect(world.log.edits.size).toBe(0)
    expect(world.clock.now()).toBe(NOW)
  })
})
