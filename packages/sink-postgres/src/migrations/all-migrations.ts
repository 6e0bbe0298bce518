import { foundation } from './0001_foundation.ts'
import { etlJobs } from './0002_etl_jobs.ts'
import type { Migration } from './migration.ts'

/** In order of version. */
export const ALL_MIGRATIONS: readonly Migration[] = [foundation, etlJobs]
