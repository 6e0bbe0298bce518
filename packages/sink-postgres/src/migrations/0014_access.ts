import type { Migration } from './migration.ts'
import { engineReads, tenantTable } from './tenant-table.ts'

/**
 * Logging in: whose address it is, is asked before a tenant is known, so the engine reads addresses, and no password.
 * `token_epoch` ends all tokens of a user when it changes. A ticket opens one connection; only its digest is stored.
 */
export const access: Migration = {
  version: 14,
  name: 'access',
  async up(tx) {
    await tx.query(`
      ALTER TABLE users ADD token_epoch integer NOT NULL DEFAULT 0;
      CREATE INDEX users_address ON users (lower(email));
      CREATE TABLE tickets (
        digest bytea PRIMARY KEY,
        tenant_id integer NOT NULL REFERENCES tenants (id),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX tickets_of_tenant ON tickets (tenant_id, expires_at)`)
    await tenantTable(tx, 'tickets', { engine: false })
    await engineReads(tx, 'users', ['id', 'tenant_id', 'email', 'active'])
  },
  async down(tx) {
    await tx.query(`
      DROP TABLE tickets;
      DROP POLICY IF EXISTS millrace_engine ON users;
      REVOKE SELECT (id, tenant_id, email, active) ON users FROM millrace_engine;
      DROP INDEX users_address;
      ALTER TABLE users DROP token_epoch`)
  },
}
