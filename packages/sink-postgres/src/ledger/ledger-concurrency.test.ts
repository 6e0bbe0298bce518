import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DONE, MINUTE, page, type Race, type TwoPrograms, twoPrograms, unit } from './testing/two-programs.ts'

const serverUrl = process.env.DATABASE_URL

describe.skipIf(!serverUrl)('two programs on one ledger, switched before every statement (DATABASE_URL)', () => {
  let two: TwoPrograms
  beforeAll(async () => {
    two = await twoPrograms(serverUrl ?? '')
  })
  afterAll(() => two.close())

  /** Locks are taken in one order everywhere, so nobody ever has to be the victim of a deadlock. */
  const holds = async (prepare: () => Promise<Race>): Promise<void> => {
    expect(await two.everyOrder(prepare)).toEqual({ deadlocks: 0 })
  }
  const first = () => two.programs[0].ledger
  const second = () => two.programs[1].ledger
  const plan = async (...keys: string[]): Promise<void> => {
    const [planning] = await two.claim('plan')
    if (planning) await two.ledger.commit(planning, { ...DONE, births: keys.map((key) => unit('issues', key)) })
  }
  const only = async (jobType: 'plan' | 'extract', workerId?: string) => {
    const [lease] = await two.claim(jobType, workerId)
    if (!lease) throw new Error(`no ${jobType} row is due`)
    return lease
  }

  test('a worker that was given up for dead and its successor: one of them stores the page', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }])
      await plan('A')
      const lease = await only('extract', 'silent')
      return {
        first: () => first().commit(lease, { ...DONE, raw: page() }),
        second: async () => {
          await second().sweep({ staleAfterMs: MINUTE, ownerless: true })
          const request = { workerId: 'next', jobTypes: ['extract'], limit: 1, leaseMs: MINUTE } as const
          const [successor] = await second().claim(request)
          return successor ? second().commit(successor, { ...DONE, raw: page() }) : 'nothing to do'
        },
        check: async (outcomes) => {
          // A claim passes by a row whose lock somebody waits for; then the next claim finds it.
          const [left] = await two.claim('extract')
          if (left) expect(await two.ledger.commit(left, { ...DONE, raw: page() })).toBe('committed')
          expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(left ? 0 : 1)
          const { snapshot, rows } = await two.look(run)
          expect(rows).toEqual({ done: 2, pending: 1 })
          expect(snapshot?.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 1, done: 0 })
        },
      }
    })
  })

  test('the last rows of two steps settle at once: the run ends', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }, { name: 'prs' }])
      const [issues, prs] = await two.pair('plan')
      return {
        first: () => first().commit(issues, DONE),
        second: () => second().commit(prs, DONE),
        check: async (outcomes) => {
          expect(outcomes).toEqual(['committed', 'committed'])
          const { snapshot } = await two.look(run)
          expect(snapshot).toMatchObject({ state: 'finished', status: { overall: 'FINISHED' } })
        },
      }
    })
  })

  test('the last two rows of a stage settle at once: the stage closes', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }])
      await plan('A', 'B')
      const [left, right] = await two.pair('extract')
      return {
        first: () => first().commit(left, { ...DONE, raw: page() }),
        second: () => second().commit(right, DONE),
        check: async () => {
          const { snapshot } = await two.look(run)
          expect(snapshot?.counters.map(({ state }) => state)).toEqual(['finished', 'finished', 'running', 'idle'])
        },
      }
    })
  })

  test('two steps that a third waits for close at once: it is planned once', async () => {
    await holds(async () => {
      const after = ['projects', 'people']
      const run = await two.start([{ name: 'projects' }, { name: 'people' }, { name: 'issues', after }])
      const [projects, people] = await two.pair('plan')
      return {
        first: () => first().commit(projects, DONE),
        second: () => second().commit(people, DONE),
        check: async () => {
          const { snapshot, rows } = await two.look(run)
          expect(rows).toEqual({ done: 2, pending: 1 })
          const planning = snapshot?.counters.find(({ step, stage }) => step === 'issues' && stage === 'plan')
          expect(planning).toMatchObject({ state: 'running', planned: 1 })
        },
      }
    })
  })

  test('the sweeper proceeds with a run while a commit does: a step is planned once', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'projects' }, { name: 'issues', after: ['projects'] }])
      const lease = await only('plan')
      return {
        first: () => first().commit(lease, DONE),
        second: () => second().sweep({ staleAfterMs: MINUTE, ownerless: false }),
        check: async ([committed]) => {
          const { rows } = await two.look(run)
          // The worker has no heartbeat here, so the sweeper may have released its row.
          expect(rows).toEqual(committed === 'committed' ? { done: 1, pending: 1 } : { pending: 1 })
        },
      }
    })
  })

  test('two parents give birth to the same children in different order: each child is born once', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }, { name: 'prs' }])
      const [left, right] = await two.pair('plan')
      const children = ['A', 'B', 'C'].map((key) => unit(right.step, key))
      return {
        first: () => first().commit(left, { ...DONE, births: children }),
        second: () => second().commit(right, { ...DONE, births: children.toReversed() }),
        check: async (outcomes) => {
          expect(outcomes).toContain('committed')
          expect((await two.look(run)).rows).toEqual({ done: 2, pending: 3 })
        },
      }
    })
  })

  test('cancelling races a commit with children: nothing of the run is left to do', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }])
      const planning = await only('plan')
      return {
        first: () => first().commit(planning, { ...DONE, births: [unit('issues', 'A')] }),
        second: () => second().cancelRun(run),
        check: async ([committed]) => {
          const { snapshot, rows } = await two.look(run)
          expect(snapshot).toMatchObject({ state: 'cancelled', status: { overall: 'READY' } })
          expect(rows).toEqual(committed === 'committed' ? { done: 1, cancelled: 1 } : { cancelled: 1 })
        },
      }
    })
  })

  test('cancelling races the commit that ends the run: one of them decides', async () => {
    await holds(async () => {
      const run = await two.start([{ name: 'issues' }])
      const planning = await only('plan')
      return {
        first: () => first().commit(planning, DONE),
        second: () => second().cancelRun(run),
        check: async ([committed]) => {
          const { snapshot } = await two.look(run)
          expect(snapshot?.state).toBe(committed === 'committed' ? 'finished' : 'cancelled')
        },
      }
    })
  })

  test('two programs start the same job: one run', async () => {
    await holds(async () => {
      const steps = [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }]
      const request = { ...two.tenants().job, graph: { steps }, mode: 'incremental', options: {} } as const
      const codeOf = (error: { readonly code?: string }) => error.code
      return {
        first: () =>
          first()
            .startRun(request)
            .then(() => 'started', codeOf),
        second: () =>
          second()
            .startRun(request)
            .then(() => 'started', codeOf),
        check: async (outcomes) => {
          expect(outcomes.toSorted()).toEqual(['RUN_REFUSED', 'started'])
          expect(await two.claim('plan')).toHaveLength(1)
        },
      }
    })
  })
})
