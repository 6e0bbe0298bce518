import { expect, test } from 'vitest'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { incarnation } from '../testing/incarnation.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'
import { notes, unitsOfNotes } from './testing/notebook.ts'

const MAX_ATTEMPTS = 3

/** A ledger and a loader, and processes over them which die when they read a killer. */
function notebook() {
  const clock = virtualClock()
  const jobStore = jobsOf('notebook')
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()

  const processOf = (died: () => void) => {
    const life = incarnation(() => 'go')
    const beforePage = async (note: string): Promise<void> => {
      await clock.sleep(1_000)
      if (!note.startsWith('killer')) return
      life.kill()
      died()
    }
    const reached = life.wrap('ledger', ledger)
    // Plans are for the test to make.
    const claim: typeof ledger.claim = (request) =>
      reached.claim({ ...request, jobTypes: request.jobTypes.filter((jobType) => jobType !== 'plan') })
    return createRuntime({
      ...{ connectors: [unitsOfNotes({ beforePage })], jobStore, loader, clock },
      ledger: { ...reached, claim, exclusive: false },
      random: seededRandom(1),
      roles: ['extract', 'transform'],
    })
  }
  return { clock, ledger, loader, processOf }
}

test('a row that waits to be alone is not to blame for records that take its process down, however many', async () => {
  const { clock, ledger, loader, processOf } = notebook()
  const { runId } = await processOf(() => undefined).startRun({ tenantId: 1, jobId: 1, maxAttempts: MAX_ATTEMPTS })
  const claim = { workerId: 'test', limit: 10, leaseMs: 60_000 }
  const bear = async (note: string): Promise<void> => {
    const [plan] = await ledger.claim({ ...claim, jobTypes: ['plan'] })
    if (!plan) throw new Error('There is no plan.')
    const birth = { step: plan.step, jobType: 'extract', payload: { unit: { note } }, key: note } as const
    await ledger.commit(plan, { row: { to: 'pending', delayMs: 0, refund: true }, births: [birth] })
  }
  /** Takes over what the last process held: its killer is done with, and the other row is due in two milliseconds. */
  const takeOver = async (): Promise<void> => {
    await ledger.sweep({ staleAfterMs: 1, ownerless: true })
    for (const lease of await ledger.claim({ ...claim, jobTypes: ['extract'] })) {
      const isKiller = JSON.stringify(lease.payload).includes('killer')
      await ledger.commit(lease, { row: isKiller ? { to: 'done' } : { to: 'pending', delayMs: 2, refund: true } })
    }
  }

  await bear('innocent')
  await ledger.claim({ ...claim, jobTypes: ['extract'] })
  let deaths = 0
  for (let round = 1; round <= MAX_ATTEMPTS; round += 1) {
    await takeOver()
    // It is due first, and is at work when the other one comes.
    await bear(`killer ${round}`)
    await clock.advance(2)
    await processOf(() => {
      deaths += 1
    }).start()
    await clock.advance(2_000)
    expect(deaths).toBe(round)
  }
  await takeOver()
  expect(await ledger.deadRows(runId, 10)).toEqual([])

  const last = processOf(() => undefined)
  await last.start()
  await clock.advance(5_000)
  await clock.run(last.stop())
  expect(loader.rows(notes).map(({ external_id }) => external_id)).toEqual(['innocent'])
})
