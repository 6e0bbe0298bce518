import type { Migration } from './migration.ts'
import { giveBack, setAside } from './set-aside.ts'
import { tenantTable } from './tenant-table.ts'

/** Where the older product's table stays; its points are made anew. */
const BEFORE = '_before_0004'

/** Tables of pgvector are made by `pgvectorStore`, since not every server has the extension. */
const CREATE_BRIDGE = `
  CREATE TABLE qdrant_vectors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenants (id),
    integration_id integer NOT NULL,
    table_name text NOT NULL,
    record_key text NOT NULL,
    chunk integer NOT NULL,
    profile text NOT NULL,
    point_id uuid NOT NULL,
    text_hash text NOT NULL,
    row_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'ready', 'deleting')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT millrace_now(),
    last_updated_at timestamptz NOT NULL DEFAULT millrace_now(),
    UNIQUE (tenant_id, table_name, record_key, chunk, profile)
  ) WITH (fillfactor = 85);
  CREATE INDEX qdrant_vectors_unsettled ON qdrant_vectors (tenant_id, table_name) WHERE state <> 'ready'`

/** Which point in the vector store stands for which row. */
export const vectors: Migration = {
  version: 4,
  name: 'vectors',
  async up(tx) {
    await setAside(tx, 'qdrant_vectors', BEFORE)
    await tx.query(CREATE_BRIDGE)
    await tenantTable(tx, 'qdrant_vectors', { engine: false })
  },
  async down(tx) {
    await tx.query('DROP TABLE qdrant_vectors')
    await giveBack(tx, 'qdrant_vectors', BEFORE)
  },
}
