export { type Actor, recordAction } from './audit/record-action.ts'
export { postgresBudget } from './budget/postgres-budget.ts'
export {
  type AppliedConfiguration,
  applyConfiguration,
  applyConfigurationChore,
} from './configuration/apply-configuration.ts'
export { deleteConfiguration, type RemovedConfiguration } from './configuration/delete-configuration.ts'
export { type Dependants, listDependants } from './configuration/dependants.ts'
export {
  type ConfigurationScope,
  createConfiguration,
  type EditedRowName,
  listConfiguration,
  saveConfiguration,
  showConfiguration,
  updateConfiguration,
} from './configuration/edit-configuration.ts'
export type { Edited, EditedEntity, EditedRow } from './configuration/edited-entity.ts'
export type { Access } from './database/access.ts'
export { ENGINE, OWNER, tenant } from './database/access.ts'
export type { ConnectionFacts, Database, Tx } from './database/database.ts'
export type { EmbeddedOptions } from './database/embedded-database.ts'
export type { DatabaseOptions } from './database/open-database.ts'
export { openDatabase } from './database/open-database.ts'
export type { DeadLetter, DeadLetterFilter } from './dead-letters/dead-letter.ts'
export { type DiscardDeadLetters, discardDeadLetters } from './dead-letters/discard-dead-letters.ts'
export { type DeadLetterPage, type ListDeadLetters, listDeadLetters } from './dead-letters/list-dead-letters.ts'
export { type RequeueDeadLetters, type Requeued, requeueDeadLetters } from './dead-letters/requeue-dead-letters.ts'
export { type DeadLetterDetails, showDeadLetter } from './dead-letters/show-dead-letter.ts'
export { type Deleted, type DeleteOptions, deleteIntegration } from './deletion/delete-integration.ts'
export { deleteTenant } from './deletion/delete-tenant.ts'
export {
  type LedgerHealth,
  type LedgerHealthOptions,
  ledgerHealth,
  type QueueFacts,
  type WorkerSummary,
} from './health/ledger-health.ts'
export { type IntegrationFacts, listIntegrations, listTenants, type TenantFacts } from './jobs/accounts.ts'
export type { IntegrationSettings } from './jobs/integrations.ts'
export { createIntegration, rotateKeys, updateIntegration } from './jobs/integrations.ts'
export type { JobState } from './jobs/job-states.ts'
export { listJobs } from './jobs/job-states.ts'
export type { JobSettings } from './jobs/jobs.ts'
export { createJob, updateJob } from './jobs/jobs.ts'
export { postgresJobStore } from './jobs/postgres-job-store.ts'
export type { SecretKey, Secrets } from './jobs/secrets.ts'
export { secretsFromKey } from './jobs/secrets.ts'
export type { TenantSeed } from './jobs/seed-tenant.ts'
export { seedTenant } from './jobs/seed-tenant.ts'
export { resetJob, setIntegrationActive, setJobActive } from './jobs/switch-jobs.ts'
export { type DeleteSettledOptions, deleteSettled } from './ledger/delete-settled.ts'
export { type PostgresLedgerOptions, postgresLedger } from './ledger/postgres-ledger.ts'
export { type PostgresOutboxOptions, postgresOutbox } from './ledger/postgres-outbox.ts'
export type { RawFormat } from './ledger/raw-record.ts'
export type { ListRuns, RunDetails, RunFailure, RunRecord } from './ledger/run-history.ts'
export { listRuns, readRunDetails } from './ledger/run-history.ts'
export { pruneConfirmations } from './loader/confirmations.ts'
export type { PostgresLoaderOptions } from './loader/postgres-loader.ts'
export { postgresLoader } from './loader/postgres-loader.ts'
export type { MigrationStatus } from './migrations/migrate.ts'
export { assertSchema, migrate, migrationStatus, reset, rollback } from './migrations/migrate.ts'
export {
  type ChangeModelRequest,
  changeModel,
  type ModelChanged,
  type ModelChangeProgress,
  type ModelRequest,
  rollBackModel,
} from './models/change-model.ts'
export { forgetModel } from './models/forget-model.ts'
export { type ModelCoverage, modelCoverage } from './models/model-coverage.ts'
export { type ModelChoice, profileOfSettings, type TenantModels } from './models/stored-models.ts'
export { readTenantModels } from './models/tenant-models.ts'
export { type DepositRaw, depositRaw } from './raw/deposit-raw.ts'
export { type ListRaw, listRaw, type RawListing } from './raw/list-raw.ts'
export { type RawFacts, showRaw } from './raw/show-raw.ts'
export {
  type ReplayCoverage,
  type Replayed,
  type ReplayRequest,
  replay,
  replayCoverage,
} from './replay/replay.ts'
export { type Pruned, type PruneOptions, prune, pruneChore } from './retention/prune.ts'
export { RETENTION_SETTINGS, type RetentionSetting, setRetention } from './retention/settings.ts'
export { type EmbedMissingOptions, embedMissing, embedMissingChore } from './vectors/embed-missing.ts'
export { pgvectorStore } from './vectors/pgvector-store.ts'
export { reconcileRows } from './vectors/reconcile-rows.ts'
export { postgresVectorBridge } from './vectors/vector-bridge.ts'
export { type CoverageRequest, type EntityCoverage, vectorCoverage } from './vectors/vector-coverage.ts'
export { vectorSources } from './vectors/vector-sources.ts'
export { drainWorkers, listWorkers, restartWorkers, type WorkerFacts } from './workers/workers.ts'
