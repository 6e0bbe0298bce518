import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import type { Secrets } from '../jobs/secrets.ts'
import { type ModelChoice, openKeys, parseStoredModels, serverOf, type TenantModels } from './stored-models.ts'

/** Every integration that names a model names the same, so the first will do; keys may be at another one. */
const READ = `
  SELECT id, embedding, embedding_credentials AS keys, (SELECT min(id) FROM integrations) AS first FROM integrations
   WHERE embedding IS NOT NULL
   ORDER BY embedding_credentials IS NULL, id LIMIT 1`

/**
 * The models that a tenant's integrations name; undefined when none does.
 *
 * @param options.secrets asked for only when there are keys to open
 * @throws INVALID_CONFIG when what is stored is no model, or its key cannot be opened
 */
export async function readTenantModels(
  db: Database,
  options: { readonly tenantId: number; readonly secrets: () => Promise<Secrets> },
): Promise<TenantModels | undefined> {
  const [found] = await db.query<{ id: number; embedding: unknown; keys: Buffer | null; first: number }>(
    tenant(options.tenantId),
    READ,
  )
  const stored = found && parseStoredModels(found.embedding)
  if (!stored) return undefined
  const keys = found.keys ? openKeys(await options.secrets(), found.id, found.keys) : {}
  const choice = (settings: ModelChoice['settings']): ModelChoice => ({
    settings,
    apiKey: serverOf(settings).map((server) => keys[server])[0],
    account: { tenantId: options.tenantId, integrationId: found.first },
  })
  return { current: choice(stored.current), also: stored.also && choice(stored.also) }
}
