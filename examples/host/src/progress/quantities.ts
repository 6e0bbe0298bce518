const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** 12345 → 12,345 */
export function showCount(value: number): string {
  return whole.format(value)
}

/** 0:07, 12:45, 1:02:03 */
export function showDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '')
}

/** 0.4/s, 320/s */
export function showRate(perSecond: number): string {
  return `${perSecond < 10 ? tenths.format(perSecond) : whole.format(perSecond)}/s`
}

/** 812 B, 3.4 kB, 21.0 MB */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${tenths.format(bytes / 1000 ** power)} ${units[power - 1]}`
}
