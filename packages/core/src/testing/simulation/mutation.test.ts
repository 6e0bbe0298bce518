import { tap } from 'rxjs'
import { expect, test } from 'vitest'
import type { LoadBatch, SourceVersion } from '../../load/load-batch.ts'
import type { Commit, Lease, RunTotals } from '../../ports/ledger.ts'
import { workerBeat } from '../worker-beat.ts'
import { overridePort } from './override-port.ts'
import { simulateSeed } from './simulate-seed.ts'
import type { Sabotage } from './simulated-world.ts'

/** Ways to break the engine on purpose. Each is made anew for every seed. */
const MUTATIONS: { readonly [name: string]: () => Sabotage } = {
  'the effect commits apart from the row': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      commit: async (lease, { effect, ...commit }) => {
        const done = await effect?.(undefined)
        return ports.ledger.commit(lease, { ...commit, ...(done && { effect: async () => done }) })
      },
    }),
  }),

  'a commit does not check its lease': () => {
    const current = new Map<number, { token: number; cursorSeq: number }>()
    return (ports) => ({
      ...ports,
      ledger: overridePort(ports.ledger, {
        claim: async (request) => {
          const leases = await ports.ledger.claim(request)
          for (const { id, token, cursorSeq } of leases) current.set(id, { token, cursorSeq })
          return leases
        },
        commit: async (lease, commit) => {
          const held = current.get(lease.id)
          const outcome = await ports.ledger.commit({ ...lease, ...held }, commit)
          if (held && commit.row.to === 'leased') held.cursorSeq += 1
          return outcome
        },
      }),
    })
  },

  'what a commit adds is counted twice': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      commit: (lease, commit) => ports.ledger.commit(lease, { ...commit, totals: doubled(commit.totals) }),
    }),
  }),

  'a unit starts over wherever it was': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      claim: async (request) => (await ports.ledger.claim(request)).map((lease): Lease => ({ ...lease, cursor: null })),
    }),
  }),

  'nobody is told that a row lost its worker': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      claim: async (request) =>
        (await ports.ledger.claim(request)).map((lease): Lease => ({ ...lease, suspect: false })),
    }),
  }),

  'nobody remembers which rows a worker held together': () => {
    let aliases = 0
    return (ports, process) => {
      /** What the ledger takes for the workers that hold the rows of this one. */
      const holders: string[] = []
      return {
        ...ports,
        ledger: overridePort(ports.ledger, {
          claim: async (request) => {
            aliases += 1
            const workerId = `${process.name}, alias ${aliases}`
            await ports.ledger.heartbeat(workerBeat(workerId))
            const leases = await ports.ledger.claim({ ...request, workerId })
            if (leases.length > 0) holders.push(workerId)
            return leases
          },
          heartbeat: async (beat) => {
            for (const workerId of holders) await ports.ledger.heartbeat({ ...beat, workerId })
            return ports.ledger.heartbeat(beat)
          },
          retire: async () => {
            for (const workerId of holders) await ports.ledger.retire(workerId)
          },
        }),
      }
    }
  },

  'planning is over before all units are known': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      commit: (lease, commit) => {
        const ends: Commit = lease.jobType === 'plan' && commit.births ? { ...commit, row: { to: 'done' } } : commit
        return ports.ledger.commit(lease, ends)
      },
    }),
  }),

  'whoever writes last wins': () => {
    let writes = 0
    return (ports) => ({
      ...ports,
      loader: overridePort(ports.loader, {
        load: (batch, tx) => {
          writes += 1_000_000
          return ports.loader.load(withVersion(batch, { at: null, seq: writes }), tx)
        },
      }),
    })
  },

  'rows that changed are not told to be embedded': () => (ports) => ({
    ...ports,
    loader: overridePort(ports.loader, {
      load: async (batch, tx) => {
        const changed = await ports.loader.load(batch, tx)
        return changed.map((rows) => ({ ...rows, written: rows.written.slice(1) }))
      },
    }),
  }),

  'messages are acknowledged when they arrive, and what is lost is not published again': () => (ports) => {
    const { broker, outbox } = ports
    if (!broker || !outbox) return ports
    const consume: typeof broker.consume = (queue, options) =>
      broker.consume(queue, options).pipe(tap((arrival) => arrival.ack()))
    return {
      ...ports,
      broker: overridePort(broker, { consume }),
      outbox: overridePort(outbox, { retake: async () => [] }),
    }
  },

  'rows are loaded for the other tenant': () => (ports) => ({
    ...ports,
    loader: overridePort(ports.loader, {
      load: (batch, tx) => {
        const scope = { ...batch.scope, tenantId: 3 - batch.scope.tenantId }
        return ports.loader.load({ ...batch, scope }, tx)
      },
    }),
  }),

  'a watermark moves before its unit is drained': () => (ports) => ({
    ...ports,
    ledger: overridePort(ports.ledger, {
      commit: (lease, commit) => {
        const { raw } = commit
        const until = lease.window?.until
        if (!raw || !until || commit.row.to === 'done') return ports.ledger.commit(lease, commit)
        const watermark = { unitKey: raw.externalId, until }
        return ports.ledger.commit(lease, { ...commit, row: { to: 'done' }, watermark })
      },
    }),
  }),
}

/** Each mutation is caught by one of so many seeds. */
const SEEDS = 200

test.each(Object.entries(MUTATIONS))('it is noticed when %s', { timeout: 300_000 }, async (_, mutation) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violation } = await simulateSeed(seed, { sabotage: mutation() })
    if (!violation) continue
    const untouched = await simulateSeed(seed)
    expect(untouched.violation, `seed ${seed} without the mutation`).toBeUndefined()
    expect(violation.promise).not.toBe('the simulation itself')
    return
  }
  expect.fail(`none of ${SEEDS} seeds noticed`)
})

function doubled(totals: Partial<RunTotals> = {}): Partial<RunTotals> {
  return Object.fromEntries(Object.entries(totals).map(([name, value]) => [name, 2 * value]))
}

function withVersion(batch: LoadBatch, version: SourceVersion): LoadBatch {
  const versioned = <Row extends object>(row: Row): Row & { readonly version: SourceVersion } => ({ ...row, version })
  return {
    ...batch,
    loads: batch.loads.map((load) => ({
      ...load,
      upserts: load.upserts.map(versioned),
      deletes: load.deletes.map(versioned),
      replaces: load.replaces.map((replace) => ({ ...versioned(replace), rows: replace.rows.map(versioned) })),
    })),
  }
}
