export { postgresBudget } from './budget/postgres-budget.ts'
export type { Access } from './database/access.ts'
export { ENGINE, OWNER, tenant } from './database/access.ts'
export type { ConnectionFacts, Database, Tx } from './database/database.ts'
export type { EmbeddedOptions } from './database/embedded-database.ts'
export type { DatabaseOptions } from './database/open-database.ts'
export { openDatabase } from './database/open-database.ts'
export {
  type LedgerHealth,
  type LedgerHealthOptions,
  ledgerHealth,
  type QueueFacts,
  type WorkerSummary,
} from './health/ledger-health.ts'
export type { IntegrationSettings } from './jobs/integrations.ts'
export { createIntegration, rotateKeys, updateIntegration } from './jobs/integrations.ts'
export type { JobSettings } from './jobs/jobs.ts'
export { createJob, updateJob } from './jobs/jobs.ts'
export { postgresJobStore } from './jobs/postgres-job-store.ts'
export type { SecretKey, Secrets } from './jobs/secrets.ts'
export { secretsFromKey } from './jobs/secrets.ts'
export type { TenantSeed } from './jobs/seed-tenant.ts'
export { seedTenant } from './jobs/seed-tenant.ts'
export { type DeleteSettledOptions, deleteSettled } from './ledger/delete-settled.ts'
export { type PostgresLedgerOptions, postgresLedger } from './ledger/postgres-ledger.ts'
export { type PostgresOutboxOptions, postgresOutbox } from './ledger/postgres-outbox.ts'
export type { RawFormat } from './ledger/raw-record.ts'
export { pruneConfirmations } from './loader/confirmations.ts'
export type { PostgresLoaderOptions } from './loader/postgres-loader.ts'
export { postgresLoader } from './loader/postgres-loader.ts'
export type { MigrationStatus } from './migrations/migrate.ts'
export { assertSchema, migrate, migrationStatus, reset, rollback } from './migrations/migrate.ts'
export { pgvectorStore } from './vectors/pgvector-store.ts'
export { postgresVectorBridge } from './vectors/vector-bridge.ts'
