import { bytesOf, type Context, defineConnector, defineEntity, jsonOf, MillraceError } from '@millrace/core'
import { z } from 'zod'

const person = z.object({ name: z.string().nullish(), url: z.string().nullish() })

/** An answer, as far as we rely on it. Source: https://www.jsonfeed.org/version/1.1/ */
const feedHead = z.object({
  version: z.string().startsWith('https://jsonfeed.org/version/1'),
  title: z.string(),
  home_page_url: z.string().nullish(),
  next_url: z.url().nullish(),
})
const feedPage = feedHead.extend({
  items: z.array(
    z.object({
      // Publishers that send numbers mean their decimal text.
      id: z.union([z.string(), z.number().transform(String)]),
      url: z.string().nullish(),
      title: z.string().nullish(),
      summary: z.string().nullish(),
      content_text: z.string().nullish(),
      content_html: z.string().nullish(),
      date_published: z.coerce.date().nullish(),
      date_modified: z.coerce.date().nullish(),
      authors: z.array(person).nullish(),
      tags: z.array(z.string()).nullish(),
    }),
  ),
})

const feeds = defineEntity({
  name: 'feeds',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string(), home_page_url: z.string().nullish() }),
})

export const feedItems = defineEntity({
  name: 'feed_items',
  key: 'id',
  version: 'modified',
  references: { feed_id: feeds },
  embed: ({ title, text }) => [title, text].filter(Boolean).join('\n\n') || null,
  columns: z.object({
    // Ids are unique within a feed only.
    id: z.string(),
    feed_id: z.string(),
    url: z.string().nullish(),
    title: z.string().nullish(),
    text: z.string().nullish(),
    html: z.string().nullish(),
    authors: z.array(person),
    published: z.date().nullish(),
    modified: z.date().nullish(),
  }),
})

export const feedItemTags = defineEntity({
  name: 'feed_item_tags',
  key: ['item_id', 'tag'],
  parent: 'item_id',
  references: { item_id: feedItems },
  columns: z.object({ item_id: z.string(), tag: z.string() }),
})

/**
 * Mirrors feeds in the format JSON Feed 1.1. What falls off the end of a feed is kept: a feed shows its newest items and
 * says of none that it is gone.
 */
export const jsonFeed = defineConnector({
  name: 'json_feed',
  entities: [feeds, feedItems, feedItemTags],
  config: z.object({ feeds: z.array(z.url()).min(1) }),
  async check(ctx) {
    const titles: string[] = []
    for (const url of ctx.config.feeds) {
      const { title } = feedHead.parse(jsonOf(await read(ctx, url)))
      titles.push(title)
    }
    return { account: titles.join(', ') }
  },
  steps: (step) => [
    step({
      name: 'json_feed_items',
      unit: z.object({ feed: z.url() }),
      units: (ctx) => ctx.config.feeds.map((feed) => ({ feed })),
      cursor: z.url(),
      body: feedPage,
      items: 'items',
      async *extract({ unit, from }, ctx) {
        const seen = new Set<string>()
        for (let url: string | null = from ?? unit.feed; url !== null; ) {
          seen.add(url)
          const body = await read(ctx, url)
          const next: string | null = feedHead.parse(jsonOf(body)).next_url ?? null
          if (next !== null && seen.has(next)) throw circle(next)
          yield { body, next }
          url = next
        }
      },
      *transform({ unit, body }) {
        yield feeds.upsert({ id: unit.feed, title: body.title, home_page_url: body.home_page_url })
        for (const item of body.items) {
          const id = `${unit.feed} ${item.id}`
          yield feedItems.upsert({
            id,
            feed_id: unit.feed,
            url: item.url,
            title: item.title,
            text: item.content_text ?? item.summary,
            html: item.content_html,
            authors: item.authors ?? [],
            published: item.date_published,
            modified: item.date_modified ?? item.date_published,
          })
          yield feedItemTags.replace(
            id,
            [...new Set(item.tags)].map((tag) => ({ item_id: id, tag })),
          )
        }
      },
    }),
  ],
})

/** A page as received. */
async function read(ctx: Pick<Context<unknown>, 'fetch'>, url: string): Promise<Uint8Array> {
  const response = await ctx.fetch(url)
  if (response.ok) return bytesOf(response)
  throw new MillraceError('HTTP_STATUS', {
    message: `Failed to read ${url}: it answered ${response.status}. Open the address in a browser.`,
    context: { status: response.status },
  })
}

function circle(url: string): MillraceError {
  return new MillraceError('CURSOR_LOOP', {
    message: `Failed to read a feed to its end: its pages lead back to ${url}. Tell its publisher.`,
  })
}
