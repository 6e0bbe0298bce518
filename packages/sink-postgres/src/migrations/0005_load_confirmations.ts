import type { Migration } from './migration.ts'
import { tenantTable } from './tenant-table.ts'

/**
 * Versions that loads confirmed without writing a row: see `loader/confirmations.ts`. Keys are uuids, of child rows the
 * MD5 of their key; `ats` holds the provider's time of each, in the same order.
 */
export const loadConfirmations: Migration = {
  version: 5,
  name: 'load_confirmations',
  async up(tx) {
    await tx.query(`
      CREATE TABLE load_confirmations (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id integer NOT NULL REFERENCES tenants (id),
        integration_id integer NOT NULL,
        entity text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('row', 'tombstone', 'replace', 'set')),
        source_seq bigint NOT NULL,
        keys uuid[] NOT NULL,
        ats timestamptz[] NOT NULL
      );
      CREATE INDEX ON load_confirmations (tenant_id, integration_id, entity, source_seq)`)
    await tenantTable(tx, 'load_confirmations', { engine: false })
  },
  async down(tx) {
    await tx.query('DROP TABLE load_confirmations')
  },
}
