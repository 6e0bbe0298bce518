import { type Integration, type Json, MillraceError } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { configureEmbedding } from '../models/configure-embedding.ts'
import { aboutKeys } from '../models/stored-models.ts'
import type { Secrets } from './secrets.ts'

type JsonObject = { readonly [key: string]: Json }

/** What people say about an account at a provider. */
export interface IntegrationSettings {
  readonly name: string
  /** The connector that serves it. */
  readonly type: string
  readonly baseUrl?: string | null
  readonly username?: string | null
  /** Tokens and the like; sealed before they are stored, and never shown again. */
  readonly credentials?: JsonObject | null
  /** Everything else that the connector's schema knows. @default {} */
  readonly settings?: JsonObject
  /**
   * Which provider and model embed its rows: `embeddingSettings`, and the key of the server as `apiKey`, which is sealed and
   * never shown again. All integrations of a tenant that name one name the same. @default the tenant's, else the program's
   */
  readonly embedding?: JsonObject | null
  readonly logoFilename?: string | null
  /** @default true */
  readonly active?: boolean
}

interface StoredIntegration {
  readonly id: number
  readonly name: string
  readonly base_url: string | null
  readonly username: string | null
  readonly credentials: Buffer | null
  readonly settings: JsonObject
  readonly active: boolean
}

const NEXT_ID = `SELECT nextval(pg_get_serial_sequence('integrations', 'id'))::integer AS id`

const INSERT = `
  INSERT INTO integrations
    (id, tenant_id, name, type, base_url, username, credentials, settings, logo_filename, active)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

/** The named columns change, the others stay; $2 and following are the values. */
const update = (columns: readonly string[]): string => `
  UPDATE integrations SET ${columns.map((column, index) => `${column} = $${index + 2}`).join(', ')},
    last_updated_at = millrace_now()
  WHERE id = $1`

const FIND = `
  SELECT id, name, base_url, username, credentials, settings, active FROM integrations WHERE id = $1`

/** $1 integration · $2 connector */
const SERVE_SEEDED_JOB = `
  UPDATE etl_jobs SET integration_id = $1, next_run_at = CASE WHEN active THEN millrace_now() END,
    last_updated_at = millrace_now()
  WHERE id = (SELECT id FROM etl_jobs WHERE connector = $2 AND integration_id IS NULL ORDER BY id LIMIT 1)`

/** Everything that is sealed. */
const SEALED = `
  SELECT id, credentials, embedding_credentials AS keys FROM integrations
   WHERE credentials IS NOT NULL OR embedding_credentials IS NOT NULL ORDER BY id FOR UPDATE`

/** What was wrong with the account may be right now. $1 integration */
const TRY_SKIPPED_JOBS = `
  UPDATE etl_jobs SET next_run_at = millrace_now(), schedule_note = NULL
   WHERE integration_id = $1 AND active AND schedule_note IS NOT NULL AND overall <> 'RUNNING'`

/**
 * Stores an account at a provider. A job of its connector that has no account yet, as tenants are seeded with, gets this
 * one, and is due when it is active. @returns its id
 */
export async function createIntegration(
  db: Database,
  options: { readonly secrets: Secrets; readonly tenantId: number } & IntegrationSettings,
): Promise<number> {
  const { tenantId, secrets } = options
  return db.transaction(tenant(tenantId), async (tx) => {
    const [drawn] = await tx.query<{ id: number }>(NEXT_ID)
    const id = Number(drawn?.id)
    const { name, type, baseUrl, username, logoFilename } = options
    await tx.execute(INSERT, [
      id,
      tenantId,
      name,
      type,
      baseUrl ?? null,
      username ?? null,
      sealed(options.credentials, secrets, id),
      JSON.stringify(options.settings ?? {}),
      logoFilename ?? null,
      options.active ?? true,
    ])
    if (options.embedding) await configureEmbedding(tx, secrets, id, options.embedding)
    await tx.execute(SERVE_SEEDED_JOB, [id, type])
    return id
  })
}

/**
 * Changes what is given and leaves the rest; jobs that were skipped are tried again. `setIntegrationActive` switches it on
 * and off. @returns whether there is such an integration
 */
export async function updateIntegration(
  db: Database,
  options: {
    readonly secrets: Secrets
    readonly tenantId: number
    readonly integrationId: number
    readonly changes: Partial<Omit<IntegrationSettings, 'active'>>
  },
): Promise<boolean> {
  const { changes, secrets, integrationId } = options
  const json = (value: JsonObject | null | undefined): string | null => (value ? JSON.stringify(value) : null)
  const columns: { readonly [Column in Exclude<keyof typeof changes, 'embedding'>]-?: readonly [string, unknown] } = {
    name: ['name', changes.name],
    type: ['type', changes.type],
    baseUrl: ['base_url', changes.baseUrl],
    username: ['username', changes.username],
    credentials: ['credentials', sealed(changes.credentials, secrets, integrationId)],
    settings: ['settings', json(changes.settings)],
    logoFilename: ['logo_filename', changes.logoFilename],
  }
  const given = Object.entries(columns).filter(([name]) => changes[name as keyof typeof changes] !== undefined)
  const values = given.map(([, [, value]]) => value)
  return db.transaction(tenant(options.tenantId), async (tx) => {
    if ((await tx.query(FIND, [integrationId])).length === 0) return false
    if (changes.embedding !== undefined) await configureEmbedding(tx, secrets, integrationId, changes.embedding)
    const isChanged = given.length > 0 || changes.embedding !== undefined
    if (!isChanged) return true
    if (given.length > 0) {
      await tx.execute(update(given.map(([, [column]]) => column)), [integrationId, ...values])
    }
    await tx.execute(TRY_SKIPPED_JOBS, [integrationId])
    return true
  })
}

/** Reads an integration as a connector is given it: base URL, user name, settings and credentials in one object. */
export async function findIntegration(
  tx: Tx,
  secrets: Secrets,
  tenantId: number,
  integrationId: number,
): Promise<Integration | undefined> {
  const [found] = await tx.query<StoredIntegration>(FIND, [integrationId])
  if (!found) return undefined
  const credentials = found.credentials ? JSON.parse(secrets.open(found.credentials, aboutOf(found.id))) : {}
  const config = {
    ...found.settings,
    ...(found.base_url === null ? {} : { baseUrl: found.base_url }),
    ...(found.username === null ? {} : { username: found.username }),
    ...credentials,
  }
  return { id: found.id, tenantId, name: found.name, config, active: found.active }
}

/**
 * Seals all credentials with the current key, tenant by tenant, so that older keys can be thrown away. Safe to repeat.
 *
 * @returns how many were sealed anew
 * @throws INVALID_CONFIG when a key that is needed is not given; what was done until then stays
 */
export async function rotateKeys(db: Database, secrets: Secrets): Promise<number> {
  let rotated = 0
  for (const { id } of await db.query<{ id: number }>(ENGINE, 'SELECT id FROM tenants ORDER BY id')) {
    rotated += await db.transaction(tenant(id), async (tx) => {
      const stored = await tx.query<{ id: number; credentials: Buffer | null; keys: Buffer | null }>(SEALED)
      const sealedTexts = stored.flatMap(({ id: integrationId, credentials, keys }) => [
        { integrationId, column: 'credentials', text: credentials, about: aboutOf(integrationId) },
        { integrationId, column: 'embedding_credentials', text: keys, about: aboutKeys(integrationId) },
      ])
      const old = sealedTexts.filter(({ text }) => text !== null && secrets.keyIdOf(text) !== secrets.keyId)
      for (const { integrationId, column, text, about } of old) {
        if (text === null) continue
        await tx.execute(update([column]), [integrationId, secrets.seal(secrets.open(text, about), about)])
      }
      return old.length
    })
  }
  return rotated
}

/** Sealed credentials that are copied to another integration do not open there. */
function aboutOf(integrationId: number): string {
  return `the credentials of integration ${integrationId}`
}

function sealed(credentials: JsonObject | null | undefined, secrets: Secrets, integrationId: number): Buffer | null {
  if (!credentials) return null
  if (typeof credentials !== 'object' || Array.isArray(credentials)) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to store ${aboutOf(integrationId)}: they are no object. Name each of them, as { apiToken: … }.`,
    })
  }
  return secrets.seal(JSON.stringify(credentials), aboutOf(integrationId))
}
