import { type EmbeddingSettings, type Json, MillraceError, parseEmbeddingSettings } from '@millrace/core'
import { z } from 'zod'
import type { Tx } from '../database/database.ts'
import type { Secrets } from '../jobs/secrets.ts'
import { openKeys, parseStoredModels, profileOfSettings, serverOf, writeModels } from './stored-models.ts'

interface StoredRow {
  readonly id: number
  readonly embedding: unknown
  readonly keys: Buffer | null
}

/** $1 integration */
const OWN = 'SELECT id, embedding, embedding_credentials AS keys FROM integrations WHERE id = $1 FOR UPDATE'

/** $1 integration */
const OTHERS =
  'SELECT id, embedding, NULL AS keys FROM integrations WHERE id <> $1 AND embedding IS NOT NULL ORDER BY id'

/** $1 profile, or null for any at all */
const EMBEDDED_OTHERWISE = `SELECT profile FROM qdrant_vectors WHERE $1::text IS NULL OR profile <> $1 LIMIT 1`

/**
 * Stores which model embeds an integration, in a transaction of its tenant. A key among the settings is sealed, and kept as
 * long as its server stays; an integration without a model goes with its tenant's.
 *
 * @throws INVALID_CONFIG when the settings do not validate, or the tenant's vectors are of another model: two models cannot
 *   be searched as one, so a tenant changes it as a whole (`changeModel`)
 */
export async function configureEmbedding(
  tx: Tx,
  secrets: Secrets,
  integrationId: number,
  given: { readonly [key: string]: Json } | null,
): Promise<void> {
  const [own] = await tx.query<StoredRow>(OWN, [integrationId])
  if (!own) return
  const stored = parseStoredModels(own.embedding)
  if (given === null) {
    if (stored) await requireNoOther(tx, integrationId, undefined)
    return writeModels(tx, secrets, integrationId, { models: undefined, keys: {} })
  }
  const { settings, apiKey } = parseGiven(given)
  const isAnother = stored === undefined || profileOfSettings(stored.current) !== profileOfSettings(settings)
  if (isAnother) await requireNoOther(tx, integrationId, settings)
  const keys = own.keys ? openKeys(secrets, integrationId, own.keys) : {}
  const added = apiKey === undefined ? {} : Object.fromEntries(serverOf(settings).map((server) => [server, apiKey]))
  await writeModels(tx, secrets, integrationId, {
    models: { current: settings, also: stored?.also },
    keys: { ...keys, ...added },
  })
}

/** Settings as people give them: with the key of the server among them. */
function parseGiven(given: { readonly [key: string]: Json }): {
  readonly settings: EmbeddingSettings
  readonly apiKey: string | undefined
} {
  const { apiKey, ...rest } = given
  const parsed = z.string().min(1).nullish().safeParse(apiKey)
  if (!parsed.success) {
    throw new MillraceError('INVALID_CONFIG', {
      message:
        'Failed to configure embeddings: apiKey is no text. Give the key, or leave it out to keep the stored one.',
    })
  }
  return { settings: parseEmbeddingSettings(rest), apiKey: parsed.data ?? undefined }
}

async function requireNoOther(tx: Tx, integrationId: number, settings: EmbeddingSettings | undefined): Promise<void> {
  const others = await tx.query<StoredRow>(OTHERS, [integrationId])
  const wanted = settings && profileOfSettings(settings)
  for (const { id, embedding } of others) {
    const other = parseStoredModels(embedding)
    // Without a model of its own, it goes with the others.
    if (!other || wanted === undefined) return
    const profile = profileOfSettings(other.current)
    if (profile !== wanted) throw refuse(wanted, `integration ${id} of the tenant is embedded with ${profile}`)
    return
  }
  const [found] = await tx.query<{ profile: string }>(EMBEDDED_OTHERWISE, [wanted ?? null])
  if (found) throw refuse(wanted ?? 'no model', `the tenant's vectors are of ${found.profile}`)
}

function refuse(wanted: string, reason: string): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to configure embeddings with ${wanted}: ${reason}, and one search cannot find what two models embedded. Change the model of the whole tenant with changeModel, or millrace vectors change.`,
  })
}
