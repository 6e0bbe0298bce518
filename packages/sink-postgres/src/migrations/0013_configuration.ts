import type { Migration } from './migration.ts'

/**
 * `configuration_version` of an account counts what people changed; that of a job is the one that its rows were last made
 * with. A lower one is made up for by a replay.
 */
export const configuration: Migration = {
  version: 13,
  name: 'configuration',
  async up(tx) {
    await tx.query(`
      ALTER TABLE integrations ADD configuration_version bigint NOT NULL DEFAULT 0;
      ALTER TABLE etl_jobs ADD configuration_version bigint NOT NULL DEFAULT 0`)
  },
  async down(tx) {
    await tx.query(`
      ALTER TABLE etl_jobs DROP configuration_version;
      ALTER TABLE integrations DROP configuration_version`)
  },
}
