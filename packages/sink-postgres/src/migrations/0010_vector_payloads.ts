import type { Migration } from './migration.ts'

/** What the bridge knows of a point's payload and version, and why a row could not be embedded. */
export const vectorPayloads: Migration = {
  version: 10,
  name: 'vector_payloads',
  async up(tx) {
    await tx.query(`
      ALTER TABLE qdrant_vectors
        ADD COLUMN payload_hash text NOT NULL DEFAULT '',
        ADD COLUMN row_version bigint NOT NULL DEFAULT 0,
        ADD COLUMN error text`)
  },
  async down(tx) {
    await tx.query('ALTER TABLE qdrant_vectors DROP COLUMN payload_hash, DROP COLUMN row_version, DROP COLUMN error')
  },
}
