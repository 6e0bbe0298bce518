import { MillraceError } from '@millrace/core'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'

const days = z.coerce.number('must be a number of days').min(0, 'must not be negative')

/**
 * What a tenant's `system_settings` may hold about retention, in days. A value that does not validate stops pruning: nothing
 * is deleted by a setting that nobody understands.
 */
export const RETENTION_SETTINGS = {
  /** How long a raw record is kept once its unit was read anew as a whole. */
  raw_superseded_days: days.default(7),
  /**
   * How long a raw record is kept although nothing newer replaced it: after that, a replay misses it. An integration's
   * settings may say otherwise, under the same name. Not set: for ever.
   */
  raw_max_days: days.optional(),
  /** How long runs are kept after they ended. */
  run_retention_days: days.default(90),
  /** How long dead letters wait for somebody. */
  dead_letter_retention_days: days.default(90),
} as const

export const retentionSchema = z.object(RETENTION_SETTINGS)
export type Retention = z.output<typeof retentionSchema>
export type RetentionSetting = keyof typeof RETENTION_SETTINGS

/** $1 keys */
const READ = `SELECT setting_key AS key, setting_value AS value FROM system_settings WHERE setting_key = ANY ($1)`

/** $1 tenant · $2 key · $3 value */
const WRITE = `
  INSERT INTO system_settings (tenant_id, setting_key, setting_value, setting_type) VALUES ($1, $2, $3, 'number')
  ON CONFLICT (tenant_id, setting_key) DO UPDATE SET setting_value = excluded.setting_value,
    setting_type = excluded.setting_type, last_updated_at = millrace_now()`

/** $1 key */
const REMOVE = `DELETE FROM system_settings WHERE setting_key = $1`

/** The transaction's tenant's settings. @throws INVALID_CONFIG when one does not validate */
export async function readRetention(tx: Tx): Promise<Retention> {
  const rows = await tx.query<{ key: string; value: string | null }>(READ, [Object.keys(RETENTION_SETTINGS)])
  const given = Object.fromEntries(rows.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])))
  return parse(retentionSchema, given, 'system_settings')
}

/**
 * Writes one setting of a tenant, or removes it, so that the default counts.
 *
 * @throws INVALID_CONFIG when it does not validate
 */
export async function setRetention(
  db: Database,
  options: { readonly tenantId: number; readonly setting: RetentionSetting; readonly days: number | null },
): Promise<void> {
  const { tenantId, setting } = options
  if (options.days !== null) parse(retentionSchema, { [setting]: options.days }, 'the setting')
  await db.transaction(tenant(tenantId), async (tx) => {
    if (options.days === null) await tx.execute(REMOVE, [setting])
    else await tx.execute(WRITE, [tenantId, setting, String(options.days)])
  })
}

const ofIntegration = retentionSchema.pick({ raw_superseded_days: true, raw_max_days: true }).partial()

/** A tenant's retention of raw records, with what the settings of one integration change about it. */
export function rawRetention(
  general: Retention,
  integration: { readonly id: number; readonly settings: { readonly [key: string]: unknown } },
): Pick<Retention, 'raw_superseded_days' | 'raw_max_days'> {
  const own = Object.fromEntries(
    Object.keys(ofIntegration.shape).flatMap((key) =>
      integration.settings[key] === undefined ? [] : [[key, integration.settings[key]]],
    ),
  )
  const parsed = parse(ofIntegration, own, `the settings of integration ${integration.id}`)
  return {
    raw_superseded_days:
      own.raw_superseded_days === undefined ? general.raw_superseded_days : Number(parsed.raw_superseded_days),
    raw_max_days: own.raw_max_days === undefined ? general.raw_max_days : parsed.raw_max_days,
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to read how long data is kept: in ${where}, ${mistakes}. Correct it; nothing was deleted by it.`,
  })
}
