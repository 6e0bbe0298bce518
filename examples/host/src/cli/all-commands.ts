import type { Command } from './command.ts'
import { deadLettersDiscard } from './commands/dead-letters-discard.ts'
import { deadLettersList } from './commands/dead-letters-list.ts'
import { deadLettersRequeue } from './commands/dead-letters-requeue.ts'
import { deadLettersShow } from './commands/dead-letters-show.ts'
import { integrationsDelete } from './commands/integrations-delete.ts'
import { integrationsList } from './commands/integrations-list.ts'
import { jobsActivate } from './commands/jobs-activate.ts'
import { jobsDeactivate } from './commands/jobs-deactivate.ts'
import { jobsList } from './commands/jobs-list.ts'
import { jobsReset } from './commands/jobs-reset.ts'
import { jobsRun } from './commands/jobs-run.ts'
import { jobsSettings } from './commands/jobs-settings.ts'
import { jobsShow } from './commands/jobs-show.ts'
import { keysRotate } from './commands/keys-rotate.ts'
import { migrateReset } from './commands/migrate-reset.ts'
import { migrateRollback } from './commands/migrate-rollback.ts'
import { migrateStatus } from './commands/migrate-status.ts'
import { migrateUp } from './commands/migrate-up.ts'
import { pruneCommand } from './commands/prune.ts'
import { rawShow } from './commands/raw-show.ts'
import { replayCommand } from './commands/replay.ts'
import { runsCancel } from './commands/runs-cancel.ts'
import { runsList } from './commands/runs-list.ts'
import { runsShow } from './commands/runs-show.ts'
import { searchCommand } from './commands/search.ts'
import { tenantsDelete } from './commands/tenants-delete.ts'
import { tenantsList } from './commands/tenants-list.ts'
import { vectorsChange } from './commands/vectors-change.ts'
import { vectorsCoverage } from './commands/vectors-coverage.ts'
import { vectorsForget } from './commands/vectors-forget.ts'
import { vectorsReconcile } from './commands/vectors-reconcile.ts'
import { vectorsRollBack } from './commands/vectors-roll-back.ts'
import { workersDrain } from './commands/workers-drain.ts'
import { workersList } from './commands/workers-list.ts'
import { workersRestart } from './commands/workers-restart.ts'

/** In the order in which help shows them. */
export const ALL_COMMANDS: readonly Command[] = [
  migrateUp,
  migrateRollback,
  migrateStatus,
  migrateReset,
  jobsList,
  jobsShow,
  jobsRun,
  jobsActivate,
  jobsDeactivate,
  jobsReset,
  jobsSettings,
  runsList,
  runsShow,
  runsCancel,
  deadLettersList,
  deadLettersShow,
  deadLettersRequeue,
  deadLettersDiscard,
  replayCommand,
  rawShow,
  pruneCommand,
  searchCommand,
  vectorsCoverage,
  vectorsReconcile,
  vectorsChange,
  vectorsRollBack,
  vectorsForget,
  workersList,
  workersDrain,
  workersRestart,
  keysRotate,
  integrationsList,
  integrationsDelete,
  tenantsList,
  tenantsDelete,
]
