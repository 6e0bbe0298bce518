import {
  type BuildProgress,
  buildVectors,
  type EmbeddingProvider,
  type EmbeddingSettings,
  MillraceError,
  type ReconcileSource,
  serveVectors,
  type VectorTools,
} from '@millrace/core'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Secrets } from '../jobs/secrets.ts'
import { vectorCoverage } from '../vectors/vector-coverage.ts'
import {
  type ModelChoice,
  openKeys,
  parseStoredModels,
  profileOfSettings,
  type StoredModels,
  serverOf,
  writeModels,
} from './stored-models.ts'

export interface ModelRequest extends Actor {
  readonly tenantId: number
  readonly secrets: Secrets
  /** Opens the provider of a model. */
  readonly open: (choice: ModelChoice) => EmbeddingProvider
  readonly tools: Omit<VectorTools, 'provider'>
}

export interface ChangeModelRequest extends ModelRequest {
  readonly settings: EmbeddingSettings
  /** Key of the new model's server. @default the one that is stored for that server, if any */
  readonly apiKey?: string
  /** What the tenant is embedded with when none of its integrations names a model. */
  readonly before: EmbeddingSettings
  readonly sources: readonly ReconcileSource[]
  readonly signal?: AbortSignal
  /** Told after every batch of rows, and when another phase begins. */
  readonly onProgress?: (progress: ModelChangeProgress) => void
}

/** How far a change of model has come. Other processes see it by `modelCoverage`. */
export interface ModelChangeProgress extends BuildProgress {
  /** The collection is built; then it is compared with the one that serves, and takes its place. */
  readonly phase: 'build' | 'serve' | 'done'
  /** Rows that there were to look at when it began. */
  readonly of: number
}

/** Which model serves after, and which before, and what building took. */
export interface ModelChanged extends BuildProgress {
  readonly profile: string
  readonly before: string
}

interface StoredRow {
  readonly id: number
  readonly embedding: unknown
  readonly keys: Buffer | null
}

const LOCK_ALL = 'SELECT id, embedding, embedding_credentials AS keys FROM integrations ORDER BY id FOR UPDATE'

/**
 * Changes the model of a tenant while everything goes on: the new one is named, so that every change reaches its collection
 * too; its collection is built from the rows; it serves. Until then searches are answered by the old one, which stays and
 * is kept up to date until `forgetModel`, so that `rollBackModel` needs no time.
 *
 * Interrupted anywhere, the same call goes on where it stopped.
 *
 * @throws INVALID_CONFIG when another change is unfinished, or the new collection lacks too many points to serve; and what
 *   the provider and the store throw: nothing is lost then
 */
export async function changeModel(db: Database, request: ChangeModelRequest): Promise<ModelChanged> {
  const { tenantId, settings, tools, open, sources, signal, onProgress } = request
  const wanted = profileOfSettings(settings)
  const named = await db.transaction(tenant(tenantId), (tx) => nameModel(tx, request))
  const before = profileOfSettings(named.current.settings)
  if (before === wanted) return { profile: wanted, before, rows: 0, embedded: 0 }
  const newer = open(named.also)
  const of = onProgress ? await countRows(db, request, wanted) : 0
  onProgress?.({ phase: 'build', of, rows: 0, embedded: 0 })
  const progress = await buildVectors(
    { ...tools, provider: newer },
    {
      ...{ tenantId, sources },
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (built) => onProgress({ phase: 'build', of, ...built }) }),
    },
  )
  onProgress?.({ phase: 'serve', of, ...progress })
  await serveVectors(tools.store, newer, { tenantId, before: open(named.current) })
  await swapModels(db, request, 'vectors.change', wanted)
  onProgress?.({ phase: 'done', of, ...progress })
  return { ...progress, profile: wanted, before }
}

async function countRows(
  db: Database,
  { tenantId, sources }: Pick<ChangeModelRequest, 'tenantId' | 'sources'>,
  profile: string,
): Promise<number> {
  let count = 0
  for (const { integrationId, entities } of sources) {
    const coverage = await vectorCoverage(db, { tenantId, integrationId, entities, profile })
    for (const { rows } of coverage) count += rows
  }
  return count
}

/**
 * Goes back to the model that served before; the newer one is kept up to date as well, until `forgetModel`.
 *
 * @throws INVALID_CONFIG when there is none, or it was never built
 */
export async function rollBackModel(db: Database, request: ModelRequest): Promise<{ readonly profile: string }> {
  const { tenantId, secrets, tools, open } = request
  const stored = await db.transaction(tenant(tenantId), (tx) => lockModels(tx, tenantId, secrets))
  const { also } = stored
  if (!also || !stored.current) throw nothingElse(tenantId)
  await serveVectors(tools.store, open(also), { tenantId, before: open(stored.current) })
  const profile = profileOfSettings(also.settings)
  await swapModels(db, request, 'vectors.roll-back', profile)
  return { profile }
}

/** Makes sure that every integration names the model that serves, and the new one beside it. */
async function nameModel(
  tx: Tx,
  { tenantId, secrets, settings, apiKey, before }: ChangeModelRequest,
): Promise<{ readonly current: ModelChoice; readonly also: ModelChoice }> {
  const { rows, current, also, keys } = await lockModels(tx, tenantId, secrets)
  const wanted = profileOfSettings(settings)
  const serving = current?.settings ?? before
  const isServing = profileOfSettings(serving) === wanted
  if (!isServing && also && profileOfSettings(also.settings) !== wanted) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to change the model of tenant ${tenantId} to ${wanted}: ${profileOfSettings(also.settings)} is kept or being built as well. Forget it first, with forgetModel or millrace vectors forget.`,
    })
  }
  if (rows.length === 0) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to change the model of tenant ${tenantId}: it has no integration. Create one.`,
    })
  }
  const added = apiKey === undefined ? {} : Object.fromEntries(serverOf(settings).map((server) => [server, apiKey]))
  const known = { ...keys, ...added }
  const choice = (chosen: EmbeddingSettings): ModelChoice => ({
    settings: chosen,
    apiKey: serverOf(chosen).map((server) => known[server])[0],
    account: accountOf(tenantId, rows),
  })
  if (!isServing) {
    for (const { id } of rows) {
      await writeModels(tx, secrets, id, { models: { current: serving, also: settings }, keys: known })
    }
  }
  return { current: choice(serving), also: choice(settings) }
}

/**
 * Both models go on receiving changes; only which one is meant by a search changes. Where another process has done that
 * already, nothing does.
 */
async function swapModels(
  db: Database,
  { tenantId, secrets, ...actor }: ModelRequest,
  action: string,
  profile: string,
): Promise<void> {
  await db.transaction(tenant(tenantId), async (tx) => {
    const { rows, current, also, keys } = await lockModels(tx, tenantId, secrets)
    if (current && profileOfSettings(current.settings) === profile) return
    if (!current || !also) throw nothingElse(tenantId)
    const models: StoredModels = { current: also.settings, also: current.settings }
    for (const { id } of rows) await writeModels(tx, secrets, id, { models, keys })
    const details = { from: profileOfSettings(current.settings), to: profileOfSettings(also.settings) }
    const { actor: who, reason } = actor
    const entry = { tenantId, actor: who, action, objectType: 'tenant', objectId: tenantId, details }
    await recordAction(tx, { ...entry, ...(reason !== undefined && { reason }) })
  })
}

/** The integrations of the tenant, locked, and what they say about models. */
export async function lockModels(
  tx: Tx,
  tenantId: number,
  secrets: Secrets,
): Promise<{
  readonly rows: readonly StoredRow[]
  readonly current: ModelChoice | undefined
  readonly also: ModelChoice | undefined
  readonly keys: { readonly [server: string]: string }
}> {
  const rows = await tx.query<StoredRow>(LOCK_ALL)
  const stored = rows.map(({ embedding }) => parseStoredModels(embedding)).find((each) => each !== undefined)
  const keys = Object.assign({}, ...rows.map((row) => (row.keys ? openKeys(secrets, row.id, row.keys) : {})))
  const choice = (settings: EmbeddingSettings | undefined): ModelChoice | undefined =>
    settings && {
      settings,
      apiKey: serverOf(settings).map((server) => keys[server])[0],
      account: accountOf(tenantId, rows),
    }
  return { rows, current: choice(stored?.current), also: choice(stored?.also), keys }
}

function accountOf(tenantId: number, rows: readonly StoredRow[]): ModelChoice['account'] {
  return { tenantId, integrationId: rows[0]?.id ?? 0 }
}

function nothingElse(tenantId: number): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to go back to another model of tenant ${tenantId}: none is kept. Change the model instead.`,
  })
}
