import { at } from '../../random.ts'
import type { TimeZone } from '../time-zone.ts'
import { createProse, type Prose } from '../world/prose.ts'
import type { Issue, World } from '../world/world.ts'
import { quote } from './json-text.ts'

/** What it takes to print a site: its content, its text, and the time zone of the user who asks. */
export interface SiteView {
  readonly world: World
  readonly zone: TimeZone
  readonly prose: Prose
  /** The size in bytes that an issue with its `*navigable` fields has on average. */
  readonly issueBytes: number
  /** The part of it that other fields than the description take; measured once. */
  readonly fixedBytes: { value: number }
  readonly userJson: (person: number | null) => string
  readonly time: (instant: number) => string
  readonly timeOrNull: (instant: number | null) => string
  readonly self: (path: string) => string
}

export const createSiteView = (world: World, zone: TimeZone, issueBytes: number): SiteView => {
  const time = (instant: number): string => `"${zone.format(instant)}"`
  return {
    world,
    zone,
    prose: createProse(world.seed),
    issueBytes,
    fixedBytes: { value: 0 },
    userJson: (person) => (person === null ? 'null' : at(world.people, person).json),
    time,
    timeOrNull: (instant) => (instant === null ? 'null' : time(instant)),
    self: (path) => quote(`${world.siteUrl}/rest/api/3/${path}`),
  }
}

/** An issue while it is being printed. */
export interface IssueView {
  readonly view: SiteView
  readonly issue: Issue
}
