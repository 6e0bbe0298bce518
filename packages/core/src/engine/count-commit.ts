import type { Commit, Lease } from '../ports/ledger.ts'
import type { Telemetry } from '../ports/telemetry.ts'

/** Counts what a commit brought, once it is certain. */
export function countCommit(telemetry: Telemetry, commit: Commit, { jobType }: Lease): void {
  if (commit.raw) telemetry.add('millrace.pages', 1)
  const { embedded = 0 } = commit.totals ?? {}
  if (embedded > 0) telemetry.add('millrace.embedded', embedded)
  for (const { dead } of commit.births ?? []) {
    if (dead) telemetry.add('millrace.rows.dead', 1, { stage: jobType, code: dead.code })
  }
}
