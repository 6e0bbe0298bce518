import { describe, expect, it } from 'vitest'
import { createTimeZone } from './time-zone.ts'

describe('a time zone', () => {
  it.each([
    ['Etc/UTC', '2026-03-29T00:59:59.851+0000'],
    ['Asia/Shanghai', '2026-03-29T08:59:59.851+0800'],
    ['Pacific/Niue', '2026-03-28T13:59:59.851-1100'],
    ['Pacific/Kiritimati', '2026-03-29T14:59:59.851+1400'],
    ['America/St_Johns', '2026-03-28T22:29:59.851-0230'],
    ['Europe/Berlin', '2026-03-29T01:59:59.851+0100'],
  ])('prints an instant in %s as %s', (name, printed) => {
    expect(createTimeZone(name).format(Date.UTC(2026, 2, 29, 0, 59, 59, 851))).toBe(printed)
  })

  it('changes its offset at the very instant at which daylight saving begins', () => {
    const berlin = createTimeZone('Europe/Berlin')
    const change = Date.UTC(2026, 2, 29, 1)
    expect([berlin.format(change - 1), berlin.format(change)]).toEqual([
      '2026-03-29T01:59:59.999+0100',
      '2026-03-29T03:00:00.000+0200',
    ])
  })

  it('reads the wall clock on both sides of a change, and moves a skipped time past the gap', () => {
    const berlin = createTimeZone('Europe/Berlin')
    const read = (hour: number, minute: number) =>
      new Date(berlin.instantOf(Date.UTC(2026, 2, 29, hour, minute))).toISOString()
    expect(read(1, 30)).toBe('2026-03-29T00:30:00.000Z')
    expect(read(2, 30)).toBe('2026-03-29T01:30:00.000Z')
    expect(read(3, 30)).toBe('2026-03-29T01:30:00.000Z')
  })
})
