/**
 * Raw records of a run that may wait to be transformed before its units are held back. A record holds about a hundred
 * items, so that transforming never waits for extraction, and a stage that stands still does not let raw pile up.
 */
export const DEFAULT_MAX_PENDING_RAW = 1_000
