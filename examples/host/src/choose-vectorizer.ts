import { hashEmbeddings, type Vectorizer } from '@millrace/core'
import { type Database, OWNER, pgvectorStore, postgresVectorBridge } from '@millrace/sink-postgres'

/** Vectors lie beside the rows, where the server can keep them. */
export async function chooseVectorizer(db: Database): Promise<Vectorizer | undefined> {
  const [extension] = await db.query(OWNER, `SELECT FROM pg_available_extensions WHERE name = 'vector'`)
  if (!extension) return undefined
  return { provider: hashEmbeddings(), store: pgvectorStore(db), bridge: postgresVectorBridge(db) }
}
