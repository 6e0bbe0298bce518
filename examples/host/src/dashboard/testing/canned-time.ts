/** When the canned world was looked at; close to now, because the dashboard counts from now. */
export const CANNED_NOW = Date.now()

export const minutesFromNow = (minutes: number): string => new Date(CANNED_NOW + minutes * 60_000).toISOString()
