import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { runToEnd } from '../run.ts'
import { systemClock } from '../system/system-clock.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { workerBeat } from '../testing/worker-beat.ts'
import { createRuntime } from './runtime.ts'

const states = defineEntity({ name: 'states', key: 'id', columns: z.object({ id: z.string() }) })
const cards = defineEntity({ name: 'cards', key: 'id', columns: z.object({ id: z.string(), known: z.boolean() }) })

test('what debt of an earlier run saw, before this run had read what it needs, is not shown to others', async () => {
  const site = { card: 'old', states: ['todo'] }
  let reading: () => void = () => undefined
  const stateRead = new Promise<void>((resolve) => {
    reading = resolve
  })
  let debtDone: Promise<unknown> = Promise.resolve()
  const connector = defineConnector({
    name: 'kanban',
    entities: [states, cards],
    config: z.object({}),
    steps: (step) => {
      const first = step({
        name: 'kanban_states',
        body: z.array(z.string()),
        async *extract() {
          await debtDone
          yield { body: JSON.stringify(site.states), next: null }
        },
        *transform({ body }) {
          for (const id of body) yield states.upsert({ id })
        },
      })
      const second = step({
        name: 'kanban_cards',
        after: [first],
        reads: [states],
        body: z.object({ id: z.string() }),
        async *extract() {
          yield { body: JSON.stringify({ id: site.card }), next: null }
          reading()
        },
        *transform({ body }, lookup) {
          yield cards.upsert({ id: body.id, known: lookup.get(states, 'review') !== undefined })
        },
      })
      return [first, second]
    },
  })
  const jobStore = jobsOf('kanban')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const ports = { connectors: [connector], jobStore, ledger, loader }

  const extractor = createRuntime({ ...ports, roles: ['extract'] })
  await extractor.start()
  const all = createRuntime(ports)
  const { runId } = await all.startRun({ tenantId: 1, jobId: 1 })
  const [statesRow] = await until(() =>
    ledger.claim({ workerId: 'x', jobTypes: ['transform'], limit: 1, leaseMs: 9e5 }),
  )
  await ledger.heartbeat(workerBeat('x'))
  if (statesRow) await ledger.commit(statesRow, { row: { to: 'done' } })
  await stateRead
  await until(async () => {
    const run = await ledger.run(runId)
    return (
      run?.counters.filter((row) => row.step === 'kanban_cards' && row.stage === 'transform' && row.planned === 1) ?? []
    )
  })
  await extractor.stop()
  await ledger.cancelRun({ runId, tenantId: 1 })

  site.card = 'new'
  site.states = ['todo', 'review']
  debtDone = until(async () => loader.rows(cards))
  await all.start()
  const next = await all.startRun({ tenantId: 1, jobId: 1 })
  await firstValueFrom(all.events(next).pipe(filter((event) => event.type === 'run-finished')))
  await all.stop()
  expect(loader.rows(cards)).toEqual(
    expect.arrayContaining([
      { external_id: 'old', known: false },
      { external_id: 'new', known: true },
    ]),
  )
})

test.each(['not at all', 'without saying so'])(
  'a transformer that looks up %s has nothing read for it',
  async (how) => {
    const connector = defineConnector({
      name: 'kanban',
      entities: [states, cards],
      config: z.object({}),
      steps: (step) => [
        step({
          name: 'kanban_cards',
          reads: [states],
          body: z.object({ id: z.string() }),
          async *extract() {
            yield { body: JSON.stringify({ id: 'only' }), next: null }
          },
          *transform({ body }, ...rest) {
            if (how === 'without saying so') rest[0].get(states, 'review')
            yield cards.upsert({ id: body.id, known: false })
          },
        }),
      ],
    })
    const loader = memoryLoader()
    const read: string[] = []
    const watched: typeof loader = {
      ...loader,
      read: (scope, entity, rows) => {
        read.push(entity.name)
        return loader.read(scope, entity, rows)
      },
    }
    const summary = await runToEnd({ connector, config: {}, loader: watched })
    expect(read).toEqual([])
    if (how === 'not at all') expect(loader.rows(cards)).toHaveLength(1)
    else
      expect(summary.reasons).toEqual([expect.stringContaining('does not declare the lookup as its second parameter')])
  },
)

/** Looks again and again, a turn of the event loop apart, until there is something. */
async function until<T>(look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (;;) {
    const found = await look()
    if (found.length > 0) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}
