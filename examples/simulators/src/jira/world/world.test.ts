import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.ts'

const NOW = Date.UTC(2026, 8, 1)

const site = (issues: number, seed = 1): World =>
  createWorld({
    seed,
    issues,
    projects: 6,
    siteUrl: 'https://acme.atlassian.net',
    now: NOW,
    clockRuns: false,
    quiet: false,
  })

const everyIssue = (world: World) => Array.from({ length: world.columns.size() }, (_, index) => world.issue(index))

describe('a simulated site', () => {
  it('is the same for the same seed, and another for another', () => {
    const [a, b, c] = [site(50), site(50), site(50, 2)]
    expect(everyIssue(a)).toEqual(everyIssue(b))
    expect(everyIssue(a)).not.toEqual(everyIssue(c))
  })

  it('creates issues in the order of their ids, and touches none before its creation or after the present', () => {
    let previous = 0
    for (const { created, updated } of everyIssue(site(2000))) {
      expect(created).toBeGreaterThan(previous)
      expect(updated).toBeGreaterThanOrEqual(created)
      expect(updated).toBeLessThanOrEqual(NOW)
      previous = created
    }
  })

  it('finds an issue by its id and by its key', () => {
    const world = site(500)
    for (const { index, id, key } of everyIssue(world))
      expect([world.find(id), world.find(key)]).toEqual([index, index])
    expect([world.find('CORE-99999'), world.find('10500'), world.find('NOPE-1'), world.find('')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('records transitions that lead, step by step, from the first status of the workflow to the present one', () => {
    for (const { histories, state } of everyIssue(site(1000))) {
      let status = state.project.workflow[0]?.id
      for (const item of histories.flatMap(({ items }) => items).filter(({ field }) => field === 'status')) {
        expect(item.from).toBe(status)
        status = item.to ?? undefined
      }
      expect(status).toBe(state.status.id)
    }
  })

  it('dates histories in order, within the life of their issue, under ids that rise with them', () => {
    for (const { histories, created, updated } of everyIssue(site(1000))) {
      const times = histories.map(({ at }) => at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(histories.map(({ id }) => id)).toEqual(histories.map(({ id }) => id).toSorted((a, b) => a - b))
      expect(times.every((at) => at >= created && at <= updated)).toBe(true)
    }
  })

  it('has issues without a history, with more than forty histories and with more than a hundred', () => {
    const counts = everyIssue(site(2000)).map(({ histories }) => histories.length)
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(50)
    expect(counts.filter((count) => count > 40).length).toBeGreaterThan(10)
    expect(counts.filter((count) => count > 100).length).toBeGreaterThan(2)
  })

  it('lists an issue as the child of its parent, and a link at both of its ends', () => {
    const world = site(1000)
    for (const { index, state } of everyIssue(world)) {
      if (state.parent !== null) expect(world.children(state.parent)).toContain(index)
      for (const link of world.links(index)) {
        const other = link.outward === index ? link.inward : link.outward
        expect(world.links(other).map(({ id }) => id)).toContain(link.id)
      }
    }
  })

  it('has titles with NULs, Chinese names and emoji, and done issues without a resolution', () => {
    const issues = everyIssue(site(3000))
    const summaries = issues.map(({ state }) => state.summary).join('\n')
    expect(summaries).toContain('\u0000')
    expect(summaries).toMatch(/\p{Script=Han}/u)
    expect(summaries).toMatch(/\p{Emoji_Presentation}/u)
    expect(issues.some(({ state }) => state.status.category === 'done' && state.resolution === null)).toBe(true)
  })

  it('of a million issues takes ten bytes for each', () => {
    const before = process.memoryUsage().arrayBuffers
    const world = site(1_000_000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12_000_000)
    expect(world.issue(999_999).id).toBe('1009999')
  })
})
