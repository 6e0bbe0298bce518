import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, issuesCondition, reachBack } from './updated-window.ts'

const SINCE = new Date('2026-03-29T00:30:20Z')
const minutesLater = (minutes: number) => SINCE.getTime() + minutes * 60_000

describe('how far a query reaches back', () => {
  it('is the distance to the start of the window, and some slack', () => {
    expect(reachBack(SINCE, minutesLater(90)).minutes).toBe(100)
  })

  it('covers the window as long as the search does not outlive the slack', () => {
    const reach = reachBack(SINCE, minutesLater(90))
    expect(covers(reach, SINCE, minutesLater(100))).toBe(true)
    expect(covers(reach, SINCE, minutesLater(100.1))).toBe(false)
  })

  it('grows with every search that took too long, so that a slow one ends too', () => {
    const searchMinutes = 500
    let reach = reachBack(SINCE, minutesLater(0))
    let attempts = 1
    for (let now = 0; !covers(reach, SINCE, minutesLater(now + searchMinutes)); now += searchMinutes) {
      reach = reachBack(SINCE, minutesLater(now + searchMinutes), reach)
      attempts += 1
    }
    expect(attempts).toBeLessThan(6)
  })

  it('covers the window at the moment it is computed, whatever the distance', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 10_000_000_000 }), (distance) => {
        const now = SINCE.getTime() + distance
        expect(covers(reachBack(SINCE, now), SINCE, now)).toBe(true)
      }),
    )
  })
})

describe('the query of a project', () => {
  it('asks for a slice of it by days', () => {
    const slice = { projectId: '10001', createdFrom: '2024-01-01', createdBefore: '2024-02-01' }
    expect(issuesCondition(slice, undefined, undefined)).toBe(
      'project = 10001 AND created >= "2024-01-01" AND created < "2024-02-01"',
    )
  })

  it('asks for everything on the first run', () => {
    expect(issuesCondition({ projectId: '10001' }, undefined, undefined)).toBe('project = 10001')
  })

  it('asks for what changed, and only for what the settings allow', () => {
    expect(
      issuesCondition({ projectId: '10001' }, { minutes: 100, slackMinutes: 10 }, 'type = Bug OR labels = x'),
    ).toBe('project = 10001 AND updated >= -100m AND (type = Bug OR labels = x)')
  })
})
