import type { KeyObject } from 'node:crypto'
import type { Broker, Connector, JobStore, LedgerChange, Loader, Logger, Runtime } from '@millrace/core'
import type { Database, Secrets } from '@millrace/sink-postgres'
import type { Observable } from 'rxjs'
import type { Vectors } from '../vectors/open-vectors.ts'
import type { UserRole } from './contract/route.ts'
import type { VectorTasks } from './qdrant/vector-tasks.ts'
import type { IdentityProvider, VouchedUser } from './security/identity-provider.ts'

/** What handlers are made of. */
export interface Api {
  readonly db: Database
  readonly secrets: Secrets
  readonly connectors: readonly Connector[]
  readonly jobStore: JobStore
  readonly loader: Loader
  /** Starts and cancels runs; others may do their work. */
  readonly runtime: Pick<Runtime, 'startRun' | 'cancelRun'>
  readonly changes: Observable<LedgerChange>
  readonly vectors: Vectors | undefined
  readonly tasks: VectorTasks
  /** What brings rows to workers, where something does beside the ledger. */
  readonly broker: Pick<Broker, 'depths'> | undefined
  /** Makes sure that the tables of all connectors are there: one that never ran has none. */
  readonly prepare: () => Promise<void>
  readonly log: Logger
  /** Whether accounts may lead into private networks. */
  readonly allowPrivateNetworks: boolean
  /** What tokens are signed with; the same in all processes. */
  readonly tokenKey: KeyObject
  /** Reads tokens that are not signed with it, where somebody else vouches for users as well. */
  readonly identityProvider: IdentityProvider | undefined
}

/** On whose behalf a request is. */
export interface Caller {
  readonly tenantId: number
  readonly role: UserRole | 'internal'
  /** For the audit log. */
  readonly actor: string
  /** Null for services, and for those whom an identity provider vouches for. */
  readonly userId: number | null
  /** What the identity provider says of them. */
  readonly vouched?: VouchedUser
}
