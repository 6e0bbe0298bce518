import { z } from 'zod'
import { defineConnector } from '../../contracts/connector.ts'
import { defineEntity } from '../../contracts/entity.ts'
import { memoryBudget } from '../../memory/memory-budget.ts'
import { memoryLedger } from '../../memory/memory-ledger.ts'
import { memoryLoader } from '../../memory/memory-loader.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import { systemClock } from '../../system/system-clock.ts'
import { twoTenantsWithJobs } from '../../testing/two-tenants.ts'
import { createRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts'

export const pages = defineEntity({ name: 'pages', key: 'id', columns: z.object({ id: z.string() }) })

export const PAGES = 3

/** Answers a request, or ends with the reason of its signal. */
export type Provider = (url: string, signal: AbortSignal) => Promise<Response>

/** For tests: a provider with one unit of three pages, each under its own URL, and processes that read it. */
export function pagedTracker(provider: Provider, clock: Clock = systemClock) {
  const connector = defineConnector({
    name: 'tracker',
    entities: [pages],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'tracker_pages',
        cursor: z.number(),
        body: z.object({ id: z.string() }),
        async *extract({ from = 1 }, ctx) {
          for (let page = from; page <= PAGES; page += 1) {
            const response = await ctx.fetch(`http://localhost/${page}`)
            yield { body: await response.text(), next: page === PAGES ? null : page + 1 }
          }
        },
        *transform({ body }) {
          yield pages.upsert(body)
        },
      }),
    ],
  })
  const { jobStore, job } = twoTenantsWithJobs(clock)
  const budget = memoryBudget({ clock })
  const ledger = memoryLedger({ jobStore, clock, budget })
  const loader = memoryLoader()
  const fetch = ((url: URL | string, init?: RequestInit) =>
    provider(String(url), init?.signal ?? new AbortController().signal)) as typeof globalThis.fetch
  const ports = { connectors: [connector], jobStore, loader, fetch, clock, budget }
  /** A process; `over` replaces calls of its ledger. */
  const runtime = (over: Partial<Ledger> = {}, options: Partial<RuntimeOptions> = {}): Runtime =>
    createRuntime({ ...ports, ledger: { ...ledger, ...over }, ...options })
  return { runtime, ledger, loader, budget, job }
}

/** The page that a URL names. */
export function answer(url: string): Response {
  return Response.json({ id: url.split('/').at(-1) })
}
