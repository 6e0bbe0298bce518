import { foundation } from './0001_foundation.ts'
import { etlJobs } from './0002_etl_jobs.ts'
import { ledger } from './0003_ledger.ts'
import { vectors } from './0004_vectors.ts'
import { loadConfirmations } from './0005_load_confirmations.ts'
import { outbox } from './0006_outbox.ts'
import { schedulesAndHistory } from './0007_schedules_and_history.ts'
import { operations } from './0008_operations.ts'
import { workerLoad } from './0009_worker_load.ts'
import { vectorPayloads } from './0010_vector_payloads.ts'
import { upkeep } from './0011_upkeep.ts'
import { embeddingCredentials } from './0012_embedding_credentials.ts'
import { configuration } from './0013_configuration.ts'
import { access } from './0014_access.ts'
import { embeddingUpkeep } from './0015_embedding_upkeep.ts'
import { runWarnings } from './0016_run_warnings.ts'
import type { Migration } from './migration.ts'

/** In order of version. */
export const ALL_MIGRATIONS: readonly Migration[] = [
  foundation,
  etlJobs,
  ledger,
  vectors,
  loadConfirmations,
  outbox,
  schedulesAndHistory,
  operations,
  workerLoad,
  vectorPayloads,
  upkeep,
  embeddingCredentials,
  configuration,
  access,
  embeddingUpkeep,
  runWarnings,
]
