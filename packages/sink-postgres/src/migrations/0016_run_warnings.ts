import type { Migration } from './migration.ts'

/** What failed nothing in a run and people have to know, for each stage of a step: messages by what they are about. */
export const runWarnings: Migration = {
  version: 16,
  name: 'run_warnings',
  async up(tx) {
    await tx.query(`ALTER TABLE etl_run_steps ADD warnings jsonb NOT NULL DEFAULT '{}'`)
  },
  async down(tx) {
    await tx.query('ALTER TABLE etl_run_steps DROP warnings')
  },
}
