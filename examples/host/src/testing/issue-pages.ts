import type { Exchange } from '@millrace-examples/simulators'
import { z } from 'zod'

const search = z.object({ jql: z.string(), fields: z.array(z.string()), nextPageToken: z.string().optional() })

/** The pages of issues that were asked for: of which query, and which place the page has in it. */
export interface AskedPage {
  readonly query: string
  readonly token: string
}

/** Searches of a first run, which reaches back without limit, in the order in which they were asked; counts left out. */
export function askedPages(exchanges: readonly Exchange[]): readonly AskedPage[] {
  return exchanges
    .filter(({ route }) => route.endsWith('/search/jql'))
    .map(({ requestBody }) => search.parse(requestBody))
    .filter(({ jql, fields }) => !jql.includes('updated >=') && fields.includes('*all'))
    .map(({ jql, nextPageToken = '' }) => ({ query: jql, token: nextPageToken }))
}

/** The place of each page in its query, as an undisturbed run walked through it. */
export function placesOf(pages: readonly AskedPage[]): (page: AskedPage) => number {
  const walks = Map.groupBy(pages, ({ query }) => query)
  return ({ query, token }) => {
    const place = walks.get(query)?.findIndex((page) => page.token === token) ?? -1
    if (place < 0) throw new Error(`Failed to find page ${token} of ${query}: an undisturbed run never asked for it.`)
    return place
  }
}
