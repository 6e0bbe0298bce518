import { type AccountName, type EmbeddingSettings, parseEmbeddingSettings, profileOf } from '@millrace/core'
import { z } from 'zod'
import type { Tx } from '../database/database.ts'
import type { Secrets } from '../jobs/secrets.ts'
import { toJsonb } from '../ledger/to-jsonb.ts'

/** A model, and the key of its server where it has one. */
export interface ModelChoice {
  readonly settings: EmbeddingSettings
  readonly apiKey: string | undefined
  /** The tenant's first integration stands for all of them where its key's budget is shared. */
  readonly account: AccountName
}

/**
 * The models of a tenant. All accounts of a tenant share them, because a search is answered from one collection; each
 * integration that names a model names the same one.
 */
export interface TenantModels {
  /** That serves. */
  readonly current: ModelChoice
  /** Whose collection receives every change too: it is being built, or is kept to go back to. */
  readonly also: ModelChoice | undefined
}

/** As it lies in `integrations.embedding`. */
export interface StoredModels {
  readonly current: EmbeddingSettings
  readonly also: EmbeddingSettings | undefined
}

/** Keys by the server that they are for, so that none is ever sent to another one. */
export type ServerKeys = { readonly [server: string]: string }

const keysSchema = z.record(z.string(), z.string())

/** $1 integration · $2 models as JSON, or null · $3 sealed keys, or null */
const WRITE = `
  UPDATE integrations SET embedding = $2::jsonb, embedding_credentials = $3, last_updated_at = millrace_now() WHERE id = $1`

/** @throws INVALID_CONFIG when the column holds what is no model */
export function parseStoredModels(embedding: unknown): StoredModels | undefined {
  if (embedding === null || embedding === undefined) return undefined
  const { also, ...current } = z.looseObject({ also: z.unknown().optional() }).parse(embedding)
  return {
    current: parseEmbeddingSettings(current),
    also: also === undefined ? undefined : parseEmbeddingSettings(also),
  }
}

export async function writeModels(
  tx: Tx,
  secrets: Secrets,
  integrationId: number,
  { models, keys }: { readonly models: StoredModels | undefined; readonly keys: ServerKeys },
): Promise<void> {
  const embedding = models && { ...models.current, ...(models.also && { also: models.also }) }
  const servers = models ? [models.current, models.also].flatMap((each) => (each ? serverOf(each) : [])) : []
  const needed = Object.fromEntries(Object.entries(keys).filter(([server]) => servers.includes(server)))
  const sealed = Object.keys(needed).length > 0 ? secrets.seal(toJsonb(needed), aboutKeys(integrationId)) : null
  await tx.execute(WRITE, [integrationId, embedding ? toJsonb(embedding) : null, sealed])
}

/** Opens sealed keys. */
export function openKeys(secrets: Secrets, integrationId: number, sealed: Uint8Array): ServerKeys {
  return keysSchema.parse(JSON.parse(secrets.open(sealed, aboutKeys(integrationId))))
}

/** Keys that are copied to another integration do not open there. */
export function aboutKeys(integrationId: number): string {
  return `the embedding keys of integration ${integrationId}`
}

/** The server that a model is asked at; none for one inside of the process. */
export function serverOf(settings: EmbeddingSettings): readonly string[] {
  return settings.provider === 'openai' ? [settings.baseUrl] : []
}

/** The profile that the vectors of a model get. */
export function profileOfSettings({ provider, model, dimensions }: EmbeddingSettings): string {
  return profileOf({ name: `${provider}:${model}`, dimensions })
}
