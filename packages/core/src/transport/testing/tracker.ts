import { filter, firstValueFrom } from 'rxjs'
import { z } from 'zod'
import { defineConnector } from '../../contracts/connector.ts'
import { defineEntity } from '../../contracts/entity.ts'
import { createRuntime, type Runtime, type RuntimeOptions } from '../../engine/runtime.ts'
import { type MemoryLedger, memoryLedger } from '../../memory/memory-ledger.ts'
import { memoryLoader } from '../../memory/memory-loader.ts'
import type { Broker } from '../../ports/broker.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RunRef } from '../../ports/ledger.ts'
import { nextTurn } from '../../system/next-turn.ts'
import { twoTenantsWithJobs } from '../../testing/two-tenants.ts'
import { type BrokerTransportOptions, brokerTransport } from '../broker-transport.ts'

const PROJECTS = ['A', 'B', 'C', 'D']
const PAGES = 3
export const ISSUES = PROJECTS.length * PAGES * 2

const issues = defineEntity({
  name: 'issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})

const connector = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      unit: z.object({ project: z.string() }),
      cursor: z.number(),
      body: z.array(issues.columns),
      units: () => PROJECTS.map((project) => ({ project })),
      async *extract({ unit, from = 1 }, ctx) {
        for (let page = from; page <= PAGES; page++) {
          const response = await ctx.fetch(`http://localhost/${unit.project}/${page}`)
          yield { body: await response.text(), next: page === PAGES ? null : page + 1 }
        }
      },
      *transform({ body }) {
        for (const issue of body) yield issues.upsert(issue)
      },
    }),
  ],
})

async function answer(url: URL | string): Promise<Response> {
  // As if it came over a network: others get their turn.
  await nextTurn()
  const [, project, page] = new URL(String(url)).pathname.split('/')
  return Response.json(['x', 'y'].map((name) => ({ id: `${project}${page}${name}`, title: `${project} ${page}` })))
}

/** For tests: a tracker of two tenants over a ledger in memory, and runtimes that are fed by a broker. */
export interface Tracker {
  readonly ledger: MemoryLedger
  /** A process. */
  runtime(options?: Partial<RuntimeOptions & BrokerTransportOptions>): Runtime
  start(runtime: Runtime, tenantId?: number): Promise<RunRef>
  /** Resolves when the run has ended, to its state. */
  ended(runtime: Runtime, run: RunRef): Promise<string>
  /** Ids of the issues that are loaded. */
  loaded(): readonly string[]
}

export function trackerOver(broker: Broker, clock: Clock): Tracker {
  const { jobStore } = twoTenantsWithJobs(clock)
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()
  return {
    ledger,
    runtime: (options = {}) => {
      const transport = brokerTransport({ broker, ledger, outbox: ledger.outbox, clock, ...options })
      const fetch = answer as typeof globalThis.fetch
      return createRuntime({ connectors: [connector], jobStore, ledger, loader, transport, fetch, clock, ...options })
    },
    start: (runtime, tenantId = 1) => runtime.startRun({ tenantId, jobId: tenantId }),
    ended: async (runtime, run) => {
      const finished = runtime.events(run).pipe(filter((event) => event.type === 'run-finished'))
      return (await firstValueFrom(finished)).summary.state
    },
    loaded: () => loader.rows(issues).map(({ id }) => String(id)),
  }
}
