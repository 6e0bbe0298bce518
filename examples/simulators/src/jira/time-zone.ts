const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A time zone as Jira uses it: to print the times of an answer, and to read the date literals of JQL. */
export interface TimeZone {
  readonly name: string
  /** Milliseconds to add to UTC. */
  readonly offsetAt: (instant: number) => number
  /** `2021-01-25T11:32:55.851+0800`, the form in which Jira prints a time. */
  readonly format: (instant: number) => string
  /** The instant of a wall-clock time; one that daylight saving skips is read with the offset from before the gap. */
  readonly instantOf: (wallClock: number) => number
}

export const createTimeZone = (name: string): TimeZone => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const measure = (instant: number): number => {
    const found = new Map(parts.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const get = (part: Intl.DateTimeFormatPartTypes): number => found.get(part) ?? 0
    const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'))
    return wall - Math.floor(instant / 1000) * 1000
  }

  // Asking Intl costs microseconds and a body holds hundreds of times, so an offset is kept per day, and per hour on
  // the two days a year on which the clocks change.
  const days = new Map<number, number | 'changing'>()
  const hours = new Map<number, number>()
  const offsetAt = (instant: number): number => {
    const day = Math.floor(instant / DAY_MS)
    let offset = days.get(day)
    if (offset === undefined) {
      const start = measure(day * DAY_MS)
      offset = start === measure((day + 1) * DAY_MS) ? start : 'changing'
      days.set(day, offset)
    }
    if (offset !== 'changing') return offset
    const quarter = Math.floor(instant / (HOUR_MS / 4))
    const known = hours.get(quarter)
    if (known !== undefined) return known
    const measured = measure(instant)
    hours.set(quarter, measured)
    return measured
  }

  return {
    name,
    offsetAt,
    format: (instant) => {
      const offset = offsetAt(instant)
      const minutes = Math.abs(Math.round(offset / 60_000))
      const sign = offset < 0 ? '-' : '+'
      const suffix = String(Math.floor(minutes / 60)).padStart(2, '0') + String(minutes % 60).padStart(2, '0')
      return new Date(instant + offset).toISOString().slice(0, -1) + sign + suffix
    },
    instantOf: (wallClock) => {
      const before = offsetAt(wallClock - DAY_MS)
      const guess = wallClock - before
      const offset = offsetAt(guess)
      return offset === before ? guess : offsetAt(wallClock - offset) === offset ? wallClock - offset : guess
    },
  }
}
