import type { Migration } from './migration.ts'
import { tenantTable } from './tenant-table.ts'

/**
 * Requests and tokens of an embedding server are counted apart. Up to which run an entity's rows were looked at for missing
 * vectors, so that rows without a text are not read again every hour.
 */
export const embeddingUpkeep: Migration = {
  version: 15,
  name: 'embedding_upkeep',
  async up(tx) {
    await tx.query(`
      ALTER TABLE integration_limits
        DROP CONSTRAINT integration_limits_budget_check,
        ADD CONSTRAINT integration_limits_budget_check
          CHECK (budget IN ('extraction', 'embedding', 'embedding-requests', 'embedding-tokens'));
      CREATE TABLE embedding_marks (
        tenant_id integer NOT NULL REFERENCES tenants (id),
        integration_id integer NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
        table_name text NOT NULL,
        profile text NOT NULL,
        template_version integer NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (integration_id, table_name, profile)
      )`)
    await tenantTable(tx, 'embedding_marks', { engine: false })
  },
  async down(tx) {
    await tx.query(`
      DROP TABLE embedding_marks;
      DELETE FROM integration_limits WHERE budget NOT IN ('extraction', 'embedding');
      ALTER TABLE integration_limits
        DROP CONSTRAINT integration_limits_budget_check,
        ADD CONSTRAINT integration_limits_budget_check CHECK (budget IN ('extraction', 'embedding'))`)
  },
}
