import type { JiraOptions } from './jira-options.ts'
import { createWalker, type Walker } from './jql/walk.ts'
import { createTimeZone } from './time-zone.ts'
import { createProjections, issueJson, type Projections } from './wire/projection.ts'
import { createSiteView, type SiteView } from './wire/site-view.ts'
import { createWorld, type World } from './world/world.ts'

/** A site as its routes see it: content, searching, printing. */
export interface Site {
  readonly world: World
  readonly view: SiteView
  readonly projections: Projections
  readonly walker: Walker
  readonly email: string
}

const SAMPLE = 64

export const createSite = (options: JiraOptions): Site => {
  const world = createWorld(options)
  const view = createSiteView(world, createTimeZone(options.timeZone), options.issueBytes)
  const projections = createProjections(world.projects, options.quiet)
  view.fixedBytes.value = averageBytes(view, projections)
  return { world, view, projections, walker: createWalker(world), email: options.email }
}

/** What an average issue weighs without its description, so that descriptions can make up the difference. */
const averageBytes = (view: SiteView, projections: Projections): number => {
  const projection = projections.compile(['*navigable', '-description'])
  const size = view.world.columns.size()
  const sample = Math.min(SAMPLE, size)
  let bytes = 0
  for (let order = 0; order < sample; order++) {
    const issue = view.world.issue(Math.floor((order * size) / sample))
    bytes += Buffer.byteLength(
      issueJson({ view, issue }, projection, { changelog: false, historyLimit: 0, withoutFields: false }),
    )
  }
  return sample === 0 ? 0 : bytes / sample
}
