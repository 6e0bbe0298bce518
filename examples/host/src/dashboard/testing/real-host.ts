import { type Database, OWNER, setJobActive, tenant } from '@millrace/sink-postgres'
import type { EvolveRequest, FaultInput } from '@millrace-examples/simulators'
import type { JobRows } from '../../job-rows.ts'

/** A host that works on simulated sites and serves the dashboard, and hands on both. Its jobs are off when it is opened. */
export interface RealHost extends AsyncDisposable {
  /** Stays the same over restarts. */
  readonly url: string
  readonly login: { readonly email: string; readonly password: string }
  /** What is stored for the tenant of the login. */
  rows<Row extends object>(sql: string): Promise<Row[]>
  /** Has the tracker fail. */
  fault(fault: FaultInput): Promise<void>
  /** Whether its workers serve other tenants than that of the login, too. */
  readonly sharesWorkers: boolean
  /** Closes those other tenants. */
  closeOtherTenants(): Promise<void>
  /** Has something happen on the tracker. */
  evolve(request: EvolveRequest): Promise<void>
  /** Ends what serves the dashboard. */
  stop(): Promise<void>
  /** Has it serve again. */
  start(): Promise<void>
  /** Waits until a worker ended because it was told to restart, and starts one as a supervisor would. */
  superviseRestart(): Promise<void>
}

export const CONTENT = { issues: 40, pullRequests: 30, seed: 1, issueBytes: 2_000 } as const

/** What a host does for its tests whatever it consists of. */
export function controlsOf(current: {
  readonly db: () => Database
  readonly tenantId: () => number
  readonly trackerUrl: () => string
}): Pick<RealHost, 'rows' | 'fault' | 'evolve' | 'closeOtherTenants'> {
  const steer = async (path: string, body: object): Promise<void> => {
    const response = await fetch(current.trackerUrl() + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`Failed to steer the simulator by ${path}: ${await response.text()}`)
  }
  return {
    rows: (sql) => current.db().query(tenant(current.tenantId()), sql),
    closeOtherTenants: async () => {
      await current.db().query(OWNER, 'UPDATE tenants SET active = false WHERE id <> $1', [current.tenantId()])
    },
    fault: (fault) => steer('/__faults', fault),
    evolve: (request) => steer('/__evolve', request),
  }
}

/** Otherwise they would run before anybody looks. */
export async function switchOff(db: Database, jobs: readonly JobRows[]): Promise<void> {
  for (const { tenantId, jobId, connector } of jobs) {
    await setJobActive(db, { tenantId, jobId, active: false, connectors: [connector.name] })
  }
}
