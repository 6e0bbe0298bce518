const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `6h`, `15m`, `1h 30m`. */
export function shortMinutes(minutes: number): string {
  const days = minutes >= 2_880 && minutes % 1_440 === 0 ? minutes / 1_440 : 0
  if (days) return `${days}d`
  const hours = Math.floor(minutes / 60)
  return [hours && `${hours}h`, minutes % 60 && `${minutes % 60}m`].filter(Boolean).join(' ')
}

/** `6 hours`, `1 hour 30 minutes`. */
export function longMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  return [hours && counted(hours, 'hour'), minutes % 60 && counted(minutes % 60, 'minute')].filter(Boolean).join(' ')
}

export function counted(count: number, thing: string): string {
  return `${whole(count)} ${thing}${count === 1 ? '' : 's'}`
}

export const whole = (value: number): string => value.toLocaleString('en-US')

/** `2d 4h`, `3h 12m`, `4m 05s`, `12s`. */
export function duration(ms: number): string {
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d ${Math.floor((ms % DAY) / HOUR)}h`
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h ${Math.floor((ms % HOUR) / MINUTE)}m`
  if (ms >= MINUTE) return `${Math.floor(ms / MINUTE)}m ${String(Math.floor((ms % MINUTE) / SECOND)).padStart(2, '0')}s`
  return ms >= SECOND || ms === 0 ? `${Math.floor(ms / SECOND)}s` : `${ms} ms`
}

/** `just now`, `4m 05s ago`. */
export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time)
  return ms < 5 * SECOND ? 'just now' : `${duration(ms)} ago`
}

export function moment(time: string): string {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}

/** `8 Sep`, of a day such as 2026-09-08. */
export function day(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = value === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${(value / 1_000 ** power).toLocaleString('en-US', { maximumFractionDigits: 1 })} ${units[power]}`
}
