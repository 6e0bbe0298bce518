import { expect, test } from 'vitest'
import { memoryBroker } from '../memory/memory-broker.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import type { Lease } from '../ports/ledger.ts'
import { incarnation } from '../testing/incarnation.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { brokerTransport } from '../transport/broker-transport.ts'
import { quarantine } from './quarantine.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import { notes, unitsOfNotes } from './testing/notebook.ts'

const lease = (id: number, suspect = false): Lease => ({ id, suspect }) as Lease

test('a suspect row is alone when everything else that was held is released, claims under way as well', async () => {
  const apart = quarantine()
  const [neighbour, suspect, late] = [lease(1), lease(2, true), lease(3)]
  const claimed = Promise.withResolvers<readonly Lease[]>()
  expect(apart.admit(neighbour)).toBe('work')
  const claim = apart.claiming(() => claimed.promise)
  expect(apart.isClosed()).toBe(false)
  expect(apart.admit(suspect)).toBe('work alone')
  expect(apart.isClosed()).toBe(true)

  let told = false
  const alone = apart.untilAlone().then(() => {
    told = true
  })
  apart.release(neighbour)
  expect(apart.isAlone(), 'a claim is under way').toBe(false)
  claimed.resolve([late])
  await claim
  expect(apart.isAlone(), 'the claim brought a row').toBe(false)
  expect(apart.admit(late)).toBe('hand back')
  expect(told).toBe(false)
  apart.release(late)
  await alone
  expect(apart.isAlone()).toBe(true)
})

test('rows are taken again when the suspect one is released, and the next suspect is alone in its turn', async () => {
  const apart = quarantine()
  const [first, second] = [lease(1, true), lease(2, true)]
  expect(apart.admit(first)).toBe('work alone')
  await apart.untilAlone()
  expect(apart.admit(second)).toBe('hand back')
  apart.release(second)
  const open = apart.untilOpen()
  apart.release(first)
  await open
  await apart.untilOpen()
  expect([apart.isClosed(), apart.isAlone()]).toEqual([false, false])
  expect(apart.admit(second)).toBe('work alone')
  expect(apart.isAlone()).toBe(true)
})

test('a suspect row that makes progress keeps others away no longer, and the next suspect waits for it', async () => {
  const apart = quarantine()
  const [first, second] = [lease(1, true), lease(2, true)]
  expect(apart.admit(first)).toBe('work alone')
  const open = apart.untilOpen()
  apart.absolve(first)
  await open
  expect(apart.isClosed()).toBe(false)
  expect(apart.admit(lease(3))).toBe('work')
  expect(apart.admit(second)).toBe('work alone')
  apart.absolve(first)
  expect(apart.isClosed(), 'the first one says no more about the second').toBe(true)
  apart.release(lease(3))
  expect(apart.isAlone(), 'the first one is at work').toBe(false)
})

test('a claim that fails is not waited for', async () => {
  const apart = quarantine()
  const claim = apart.claiming(() => Promise.reject(new Error('away')))
  apart.admit(lease(1, true))
  expect(apart.isAlone()).toBe(false)
  await expect(claim).rejects.toThrow('away')
  expect(apart.isAlone()).toBe(true)
})

const MAX_ATTEMPTS = 3

/** Two tenants whose units are read by one process at a time, which dies when it reads a killer. */
async function liveWith(delivery: 'by the ledger' | 'by a broker') {
  const clock = virtualClock()
  const config = (tenantId: number) => ({ notes: tenantId === 1 ? ['killer', 'a'] : ['b', 'c'] })
  const jobStore = jobsOf('notebook', { tenantIds: [1, 2], config })
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()
  const broker = memoryBroker({ clock })
  const deaths: string[][] = []
  let kill: () => void = () => undefined

  /** A process that reaches its ledger no more once it is dead. */
  const launch = async (): Promise<Runtime> => {
    const life = incarnation(() => 'go')
    const atWork = new Set<string>()
    let dead = false
    const beforePage = async (note: string): Promise<void> => {
      atWork.add(note)
      await clock.sleep(1_000)
      if (note === 'killer' && !dead) {
        dead = true
        life.kill()
        deaths.push([...atWork].sort())
        kill()
      }
      if (!dead) atWork.delete(note)
    }
    const reached = life.wrap('ledger', ledger)
    const machine = { clock, random: seededRandom(deaths.length + 1) }
    const runtime = createRuntime({
      ...machine,
      connectors: [unitsOfNotes({ beforePage })],
      jobStore,
      loader,
      ledger: { ...reached, exclusive: false },
      ...(delivery === 'by a broker' && {
        transport: brokerTransport({ ...machine, broker, outbox: ledger.outbox, ledger: reached }),
      }),
    })
    await runtime.start()
    return runtime
  }

  let runtime = await launch()
  kill = () => {
    broker.disconnect()
    void clock.sleep(5_000).then(async () => {
      broker.reconnect()
      runtime = await launch()
    })
  }
  const runs = await Promise.all(
    [1, 2].map((id) => runtime.startRun({ tenantId: id, jobId: id, maxAttempts: MAX_ATTEMPTS })),
  )
  await clock.advance(600_000)
  const dead = (await Promise.all(runs.map(({ runId }) => ledger.deadRows(runId, 10)))).flat()
  const states = await Promise.all(runs.map(async ({ runId }) => (await ledger.run(runId))?.state))
  return {
    deaths,
    dead,
    states,
    loaded: loader
      .rows(notes)
      .map(({ external_id }) => external_id)
      .sort(),
  }
}

test.each(['by the ledger', 'by a broker'] as const)(
  'a row that kills its process takes its neighbours along once, then dies alone: delivered %s',
  async (delivery) => {
    const { deaths, dead, states, loaded } = await liveWith(delivery)
    const alone = Array.from({ length: MAX_ATTEMPTS }, () => ['killer'])
    expect(deaths).toEqual([['a', 'b', 'c', 'killer'], ...alone])
    expect(dead).toMatchObject([{ jobType: 'extract', payload: { unit: { note: 'killer' } }, attempts: MAX_ATTEMPTS }])
    expect(dead[0]?.failure.code).toBe('LEASE_EXPIRED')
    expect(loaded).toEqual(['a', 'b', 'c'])
    expect(states).toEqual(['failed', 'finished'])
  },
)

test('a suspect unit that goes on page by page is alone for its first page only', async () => {
  const clock = virtualClock()
  const read: string[] = []
  const beforePage = async (note: string, page: number): Promise<void> => {
    await clock.sleep(note === 'long' ? 10_000 : 10)
    read.push(`${note} ${page}`)
  }
  const jobStore = jobsOf('notebook', { config: () => ({ notes: ['long', 'short'] }) })
  const ledger = memoryLedger({ jobStore, clock })
  const process = (roles: readonly ('extract' | 'transform')[], only?: string) =>
    createRuntime({
      connectors: [unitsOfNotes({ pages: 3, beforePage })],
      jobStore,
      loader: memoryLoader(),
      clock,
      random: seededRandom(1),
      roles,
      ledger: { ...ledger, exclusive: false, ...(only === 'plan' && { claim: planOnly }) },
    })
  const planOnly: typeof ledger.claim = (request) => ledger.claim({ ...request, jobTypes: ['plan'] })
  const planner = process(['extract'], 'plan')
  await planner.start()
  const { runId } = await planner.startRun({ tenantId: 1, jobId: 1 })
  await clock.advance(1_000)
  await clock.run(planner.stop())
  const [lost] = await ledger.claim({ workerId: 'gone', jobTypes: ['extract'], limit: 1, leaseMs: 1 })
  expect(lost?.payload).toMatchObject({ unit: { note: 'long' } })
  await clock.advance(1_000)
  await ledger.sweep({ staleAfterMs: 1, ownerless: false })

  // The other unit is due when the first page of the suspect one is stored, and long before its last.
  const other = await ledger.claim({ workerId: 'brief', jobTypes: ['extract'], limit: 2, leaseMs: 60_000 })
  for (const lease of other) {
    const delayMs = lease.suspect ? 0 : 12_000
    await ledger.commit(lease, { row: { to: 'pending', delayMs, refund: true } })
  }

  const worker = process(['extract', 'transform'])
  await worker.start()
  await clock.advance(60_000)
  await clock.run(worker.stop())
  expect((await ledger.run(runId))?.state).toBe('finished')
  const shortAt = read.indexOf('short 1')
  expect(read.indexOf('long 3')).toBeGreaterThan(shortAt)
})
