import type { AnyEntity } from '../../contracts/entity.ts'
import { type MemoryJobStore, memoryJobStore } from '../../memory/memory-job-store.ts'
import { memoryLedger } from '../../memory/memory-ledger.ts'
import { memoryLoader } from '../../memory/memory-loader.ts'
import { memoryVectorBridge } from '../../memory/memory-vector-bridge.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Loader } from '../../ports/loader.ts'
import type { Outbox } from '../../ports/outbox.ts'
import type { VectorBridge } from '../../ports/vector-bridge.ts'
import type { Director } from './director.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { tokenOf } from './tracker/tracker-api.ts'

/** One job of one tenant. */
export interface SimulatedAccount {
  readonly tenantId: number
  readonly integrationId: number
  readonly jobId: number
}

/** The ports that are under test together. */
export interface StorePorts {
  readonly ledger: Ledger
  readonly loader: Loader
  readonly bridge: VectorBridge
  /** When there is one, the rows of some worlds are delivered through a broker. @default none */
  readonly outbox?: Outbox
}

/** What a store is given when a simulated world begins. */
export interface StoresSetup {
  /** Virtual time; the store must take its time from here. */
  readonly clock: Clock
  readonly entities: readonly AnyEntity[]
  /** How many tenants with one job each it must hold. */
  readonly tenants: number
  readonly director: Director
}

/**
 * The stores of one simulated world: a ledger, a loader and a bridge, empty but for the tenants. Implement this to put a
 * ledger or a loader of your own through the simulation.
 */
export interface OpenStores {
  readonly accounts: readonly SimulatedAccount[]
  /**
   * The ports as one process sees them. The simulation holds back and loses calls of the ports themselves; a store that
   * has an inside, such as the statements of a transaction, does the same there with `process.call` and the port `sql`.
   *
   * @param fault decides, once per call of the inside, whether the store's connection breaks
   */
  connect(process: SimulatedProcess, fault: () => StoreFault | undefined): StorePorts
  /** The ports without any fault, for looking. */
  readonly direct: StorePorts
  /** Whether looking is possible now: not while a transaction has the only connection. @default always */
  canLook?(): boolean
  /** What is wrong inside, in the store's own judgement, for example counters that disagree with rows. */
  audit?(): Promise<readonly string[]>
  close?(): Promise<void>
}

/** A connection that breaks: before a commit could happen, or after it has, so that its outcome is unknown. */
export type StoreFault = 'before' | 'after'

/** A kind of store that worlds can be built on. */
export interface SimulatedStores {
  readonly name: string
  /**
   * Whether `connect` injects connection failures itself; otherwise the simulation makes calls of the ports fail.
   * @default false
   */
  readonly ownFaults?: boolean
  open(setup: StoresSetup): Promise<OpenStores>
}

/** Accounts numbered from 1, as a fresh database numbers them. */
export function accountsOf(tenants: number): readonly SimulatedAccount[] {
  return Array.from({ length: tenants }, (_, index) => ({
    tenantId: index + 1,
    integrationId: index + 1,
    jobId: index + 1,
  }))
}

/** A job store that knows the accounts of a simulated world. */
export function simulatedJobStore(accounts: readonly SimulatedAccount[], clock: Clock): MemoryJobStore {
  const content = {
    jobs: accounts.map(({ tenantId, integrationId, jobId }) => ({
      id: jobId,
      tenantId,
      integrationId,
      name: 'Tracker',
      connector: 'tracker',
      active: true,
      scheduleIntervalMinutes: 60,
      retryIntervalMinutes: 5,
    })),
    integrations: accounts.map(({ tenantId, integrationId }) => ({
      id: integrationId,
      tenantId,
      name: 'tracker',
      active: true,
      config: { token: tokenOf(tenantId) },
    })),
  }
  return memoryJobStore(content, clock)
}

/** Everything in memory, shared by the processes of a world as a database would be. */
export function memoryStores(): SimulatedStores {
  return {
    name: 'memory',
    open: async ({ clock, tenants }) => {
      const accounts = accountsOf(tenants)
      const loader = memoryLoader()
      const ledger = memoryLedger({ jobStore: simulatedJobStore(accounts, clock), clock })
      const direct: StorePorts = {
        ledger,
        outbox: ledger.outbox,
        loader,
        bridge: memoryVectorBridge(loader),
      }
      return { accounts, direct, connect: () => direct }
    },
  }
}
