import { STAGE_OF_JOB_TYPE, type StageCounters } from '../../completion/run-graph.ts'
import type { LoadBatch } from '../../load/load-batch.ts'
import { addTotals, NO_TOTALS } from '../../memory/memory-ledger-rows.ts'
import type { Commit, EffectResult, Lease, Ledger, RunRef, RunSnapshot, RunTotals } from '../../ports/ledger.ts'
import { overridePort } from './override-port.ts'
import type { StorePorts } from './simulated-stores.ts'
import { versionWatch } from './version-watch.ts'
import { Violation } from './violation.ts'

/** What is known of a ledger row from outside. */
interface KnownRow {
  readonly runId: number
  token: number
  leaseUntil: number
  settled: boolean
  /** The last committed cursor as text; undefined while a commit is under way whose outcome may never be known. */
  cursor: string | undefined
}

/** What a run must have come to, by what was committed for it. */
export interface KnownRun {
  readonly ref: RunRef
  totals: RunTotals
  /** Rows that were done, by step and stage. */
  readonly done: Map<string, number>
  /** Counters as they were read last, by step and stage. */
  readonly counters: Map<string, StageCounters>
  /** Commits whose outcome nobody learned: they may count or not. */
  inDoubt: number
  readonly startedAt: number
  /** Whether it took over work that an earlier run of its job had left, within the windows of that run. */
  readonly adopted: boolean
  /** How it ended. */
  ended: RunSnapshot['state'] | undefined
}

/**
 * Sits between the engine and the stores, knows what was really committed, and holds each call against the promises of the
 * ports. It sees every call that arrives, also those of processes that die before they learn the outcome.
 */
export interface Observer {
  observe(ports: StorePorts): ObservedPorts
  readonly runs: ReadonlyMap<number, KnownRun>
  /** A lease of this tenant, for reading on its behalf. */
  leaseOf(tenantId: number): Lease | undefined
  /** Whether the process that had this row last died while it surely had others, too: then the row is not to blame. */
  wasLostBesideOthers(rowId: number): boolean
  /** Throws the first violation that was found. */
  check(): void
}

export interface ObservedPorts extends StorePorts {
  /** Whether the process that uses these ports holds a valid lease for embedding this entity row. */
  mayEmbed(key: string): boolean
  /** To be called when the process that uses these ports dies. */
  onDeath(): void
}

export function observer(now: () => number): Observer {
  const rows = new Map<number, KnownRow>()
  const runs = new Map<number, KnownRun>()
  const raws = new Set<string>()
  const leases = new Map<number, Lease>()
  /** Loads of a transaction that is open. */
  const loads = new WeakMap<object, LoadBatch[]>()
  const versions = versionWatch()
  /** Rows that were lost together, by the token that they were lost under. */
  const lostTogether = new Map<number, { readonly token: number; readonly doubtfulClaims: number }>()
  /** Claims that may have leased rows of which nobody knows. */
  let doubtfulClaims = 0
  let found: Violation | undefined

  const violate = (promise: string, facts: string): void => {
    found ??= new Violation(promise, facts)
  }

  const newRun = (ref: RunRef, startedAt: number, inDoubt: number): void => {
    const last = [...runs.values()].filter((run) => run.ref.jobId === ref.jobId).at(-1)
    runs.set(ref.runId, {
      ref,
      totals: NO_TOTALS,
      done: new Map(),
      counters: new Map(),
      inDoubt,
      startedAt,
      adopted: inDoubt > 0 || (last?.ended !== undefined && last.ended !== 'finished'),
      ended: undefined,
    })
  }

  const onClaim = (lease: Lease): void => {
    // Whoever started that run died before the answer came.
    if (!runs.has(lease.runId)) newRun(lease, 0, 1)
    const known = rows.get(lease.id)
    leases.set(lease.tenantId, lease)
    if (known && lease.token <= known.token)
      violate('one worker per row', `row ${lease.id} is leased twice under token ${lease.token}`)
    const sameRun = known?.runId === lease.runId
    if (sameRun && known.settled)
      violate('nothing twice', `row ${lease.id} (${lease.jobType} of ${lease.step}) is settled and handed out again`)
    if (sameRun && known.cursor !== undefined && known.cursor !== JSON.stringify(lease.cursor))
      violate(
        'progress is kept',
        `row ${lease.id} is at ${known.cursor} and was handed out at ${JSON.stringify(lease.cursor)}`,
      )
    if (runs.get(lease.runId)?.ended)
      violate('no early end', `row ${lease.id} of ended run ${lease.runId} is handed out`)
    rows.set(lease.id, {
      runId: lease.runId,
      token: lease.token,
      leaseUntil: now() + lease.leaseMs,
      settled: false,
      cursor: JSON.stringify(lease.cursor),
    })
  }

  const onCommitted = (lease: Lease, commit: Commit, effect: EffectResult | undefined, tx: unknown): void => {
    const { row } = commit
    const facts = `row ${lease.id} (${lease.jobType} of ${lease.step}, token ${lease.token})`
    const run = runs.get(lease.runId)
    if (commit.watermark && (row.to !== 'done' || lease.jobType !== 'extract'))
      violate('watermark only after a drain', `${facts} moves its watermark while it is ${row.to}`)
    if (commit.raw) {
      const key = `${lease.id}/${lease.cursorSeq}`
      if (raws.has(key)) violate('nothing twice', `${facts} stores page ${lease.cursorSeq} twice`)
      raws.add(key)
    }
    const known = rows.get(lease.id)
    if (known) {
      known.settled = row.to === 'done' || row.to === 'dead'
      known.leaseUntil = row.to === 'leased' ? now() + lease.leaseMs : 0
      known.cursor = JSON.stringify('cursor' in row && row.cursor !== undefined ? row.cursor : lease.cursor)
    }
    if (run) {
      run.totals = addTotals(addTotals(run.totals, commit.totals ?? {}), effect?.totals ?? {})
      const stage = `${lease.step}/${STAGE_OF_JOB_TYPE[lease.jobType]}`
      const done = (name: string): void => void run.done.set(name, (run.done.get(name) ?? 0) + 1)
      if (row.to === 'done') done(stage)
      // The page was transformed by the commit that stored it.
      if (commit.raw && commit.transformed) done(`${lease.step}/transform`)
    }
    for (const batch of tx instanceof Object ? (loads.get(tx) ?? []) : []) {
      const older = versions.onCommitted(batch)
      if (older) violate('no older over newer', `${facts}: ${older}`)
    }
  }

  const commitThrough = async (ledger: Ledger, lease: Lease, commit: Commit): Promise<'committed' | 'fenced'> => {
    const known = rows.get(lease.id)
    const lost = known && (known.token > lease.token || known.leaseUntil <= now())
    let effect: EffectResult | undefined
    let lastTx: unknown
    const watched: Commit = {
      ...commit,
      ...(commit.effect && {
        effect: async (tx: unknown) => {
          lastTx = tx
          if (tx instanceof Object) loads.set(tx, [])
          effect = await commit.effect?.(tx)
          return effect ?? { births: [] }
        },
      }),
    }
    const run = runs.get(lease.runId)
    // Of a commit whose answer is late, nobody knows whether the run ended before it.
    const tooLate = run?.ended !== undefined
    if (run) run.inDoubt += 1
    const cursor = known?.cursor
    if (known && known.token === lease.token) known.cursor = undefined
    const outcome = await ledger.commit(lease, watched)
    if (run) run.inDoubt -= 1
    if (outcome === 'committed') {
      if (tooLate)
        violate('no early end', `row ${lease.id} of ${lease.step} commits although run ${lease.runId} has ended`)
      if (lost) {
        const why = known.token > lease.token ? `the row is under token ${known.token}` : 'its lease has expired'
        violate('a fenced worker writes nothing', `row ${lease.id} commits under token ${lease.token}: ${why}`)
      }
      onCommitted(lease, commit, effect, lastTx)
    } else if (known && known.token === lease.token) known.cursor = cursor
    return outcome
  }

  return {
    runs,
    leaseOf: (tenantId) => leases.get(tenantId),
    wasLostBesideOthers: (rowId) => {
      const lost = lostTogether.get(rowId)
      return lost !== undefined && lost.token === rows.get(rowId)?.token && lost.doubtfulClaims === doubtfulClaims
    },
    check: () => {
      if (found) throw found
    },
    observe: (ports) => {
      const { ledger, loader } = ports
      const claimed: Lease[] = []
      let claimsUnderWay = 0
      /** What it holds, or may hold: of some rows, a commit is under way. */
      const held = (): readonly { readonly lease: Lease; readonly known: KnownRow }[] =>
        claimed.flatMap((lease) => {
          const known = rows.get(lease.id)
          const isValid = known?.token === lease.token && !known.settled && known.leaseUntil > now()
          return isValid ? [{ lease, known }] : []
        })
      return {
        ...ports,
        mayEmbed: (key) =>
          held().some(
            ({ lease: { jobType, payload } }) =>
              jobType === 'embed' && (payload.keys as readonly string[]).includes(key),
          ),
        onDeath: () => {
          if (claimsUnderWay > 0) doubtfulClaims += 1
          const lost = held().filter(({ known }) => known.cursor !== undefined)
          if (lost.length < 2) return
          for (const { lease } of lost) lostTogether.set(lease.id, { token: lease.token, doubtfulClaims })
        },
        ledger: overridePort(ledger, {
          startRun: async (request) => {
            const startedAt = now()
            const ref = await ledger.startRun(request)
            newRun(ref, startedAt, 0)
            return ref
          },
          claim: async (request) => {
            claimsUnderWay += 1
            try {
              const leases = await ledger.claim(request)
              for (const lease of leases) onClaim(lease)
              claimed.push(...leases)
              return leases
            } catch (error) {
              doubtfulClaims += 1
              throw error
            } finally {
              claimsUnderWay -= 1
            }
          },
          commit: (lease, commit) => commitThrough(ledger, lease, commit),
        }),
        loader: overridePort(loader, {
          load: async (batch, tx) => {
            const foreign = foreignRow(batch)
            if (foreign) violate('no cross-tenant write', foreign)
            const changed = await loader.load(batch, tx)
            const really = onlyChanged(batch, changed)
            versions.onLoaded(really)
            if (tx instanceof Object) loads.get(tx)?.push(really)
            return changed
          },
        }),
      }
    },
  }
}

/** Ids of the simulated provider name their tenant. */
function foreignRow({ scope, loads }: LoadBatch): string | undefined {
  for (const { entity, upserts, deletes } of loads) {
    const ids = [...upserts.map((row) => row.values.external_id ?? ''), ...deletes.map((row) => row.externalId)]
    const foreign = ids.find((id) => !String(id).startsWith(`t${scope.tenantId}-`))
    if (foreign !== undefined) return `${entity.name} ${String(foreign)} is loaded for tenant ${scope.tenantId}`
  }
  return undefined
}

function onlyChanged(batch: LoadBatch, changed: Awaited<ReturnType<StorePorts['loader']['load']>>): LoadBatch {
  return {
    ...batch,
    loads: batch.loads.map((load) => {
      const mine = changed.find((rows) => rows.entity === load.entity.name)
      return {
        ...load,
        upserts: load.upserts.filter((row) => mine?.written.includes(row.key)),
        deletes: load.deletes.filter((row) => mine?.removed.includes(row.key)),
      }
    }),
  }
}
