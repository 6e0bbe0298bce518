import type { Migration } from './migration.ts'

/** Keys of embedding servers, sealed; which model embeds an account everybody may see. */
export const embeddingCredentials: Migration = {
  version: 12,
  name: 'embedding_credentials',
  async up(tx) {
    await tx.query('ALTER TABLE integrations ADD COLUMN embedding_credentials bytea')
  },
  async down(tx) {
    await tx.query('ALTER TABLE integrations DROP COLUMN embedding_credentials')
  },
}
