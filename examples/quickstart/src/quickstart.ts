import { defineConnector, defineEntity, memoryLoader, run } from '@millrace/core'
import { z } from 'zod'

const issues = defineEntity({
  name: 'issues',
  key: 'id',
  version: 'updated',
  embed: (issue) => issue.title,
  columns: z.object({ id: z.string(), title: z.string(), updated: z.coerce.date() }),
})

const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({ url: z.url(), pageSize: z.number().default(100) }),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      cursor: z.number(),
      body: z.object({ items: z.array(issues.columns), more: z.boolean() }),
      async *extract({ from = 1 }, ctx) {
        for (let page = from; ; page++) {
          const response = await ctx.fetch(`${ctx.config.url}/issues?page=${page}&size=${ctx.config.pageSize}`)
          const body = await response.text()
          const last = !JSON.parse(body).more
          yield { body, next: last ? null : page + 1 }
          if (last) return
        }
      },
      *transform({ body }) {
        for (const item of body.items) yield issues.upsert(item)
      },
    }),
  ],
})

run({ connector: tracker, config: { url: 'http://localhost:4000' }, loader: memoryLoader() }).subscribe(console.log)
