import type { ChangeItem, History } from '../world/issue-state.ts'
import { list, quote, quoteOrNull } from './json-text.ts'
import type { SiteView } from './site-view.ts'

interface EmbeddedChangelog {
  readonly historyLimit: number
  readonly hidesTotal?: boolean
  readonly whole?: boolean
}

/** Changelogs embedded in an issue hold at most this many histories, the newest. */
const EMBEDDED_HISTORIES = 40

const itemJson = (item: ChangeItem): string => {
  const fieldId = item.fieldId === undefined ? '' : `"fieldId":${quote(item.fieldId)},`
  return (
    `{"field":${quote(item.field)},"fieldtype":"${item.fieldtype}",${fieldId}"from":${quoteOrNull(item.from)},` +
    `"fromString":${quoteOrNull(item.fromString)},"to":${quoteOrNull(item.to)},"toString":${quoteOrNull(item.toText)}}`
  )
}

const historyJson = (view: SiteView, { id, author, items }: History, created: string): string =>
  `{"id":"${id}","author":${view.userJson(author)},"created":${created},"items":${list(items.map(itemJson))}}`

/** A history as single-issue endpoints print it: an ISO time with the user's offset. */
export const isoHistory = (view: SiteView, history: History): string =>
  historyJson(view, history, view.time(history.at))

/** A history as the bulk endpoint prints it: `created` is a number of milliseconds, whatever the specification says. */
export const epochHistory = (view: SiteView, history: History): string => historyJson(view, history, String(history.at))

/** The changelog an issue embeds: newest first, cut at forty unless it is to be whole; only `total` tells, if it does. */
export const embeddedChangelog = (
  view: SiteView,
  histories: readonly History[],
  { historyLimit, hidesTotal = false, whole = false }: EmbeddedChangelog,
): string => {
  const limit = whole ? historyLimit : Math.min(historyLimit, EMBEDDED_HISTORIES)
  const shown = newest(histories, limit).toReversed()
  return (
    `{"startAt":0,"maxResults":${shown.length},"total":${hidesTotal ? shown.length : histories.length},` +
    `"histories":${list(shown.map((history) => isoHistory(view, history)))}}`
  )
}

/** The last `limit` of a list whose newest come last. */
export const newest = (histories: readonly History[], limit: number): readonly History[] =>
  histories.slice(Math.max(0, histories.length - limit))
