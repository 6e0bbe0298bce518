import type { CategoryKey } from './statuses.ts'

/**
 * What administrators made of the things of a site since it began: by id, only what changed. Nothing of this touches an
 * issue, and what histories say of the past keeps the names of then.
 */
export interface Definitions {
  readonly statuses: Map<string, { readonly name?: string; readonly category?: CategoryKey }>
  /** Statuses that are gone, and since when. */
  readonly removedStatuses: Map<string, number>
  /** Names. */
  readonly priorities: Map<string, string>
  readonly resolutions: Map<string, string>
  readonly boards: Map<number, string>
  readonly sprints: Map<number, SprintDefinition>
}

export interface SprintDefinition {
  readonly name?: string
  readonly goal?: string
  /** Closed before its time, or opened again. */
  readonly state?: 'active' | 'closed'
  /** When that was, epoch milliseconds. */
  readonly at?: number
}

export const createDefinitions = (): Definitions => ({
  statuses: new Map(),
  removedStatuses: new Map(),
  priorities: new Map(),
  resolutions: new Map(),
  boards: new Map(),
  sprints: new Map(),
})
