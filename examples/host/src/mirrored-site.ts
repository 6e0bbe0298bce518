import { type Database, tenant } from '@millrace/sink-postgres'
import { z } from 'zod'
import { DEFAULT_CONTENT, type SiteContent } from './site-content.ts'

/** The simulated sites, and when they came into being: their content follows from both. */
export interface MirroredSite extends SiteContent {
  /** Epoch milliseconds. */
  readonly bornMs: number
}

const KEY = 'demo_site'

const READ = 'SELECT setting_value FROM system_settings WHERE tenant_id = $1 AND setting_key = $2'

const WRITE = `
  INSERT INTO system_settings (tenant_id, setting_key, setting_value, setting_type, description)
  VALUES ($1, $2, $3, 'json', 'What the simulated site that is mirrored here was drawn from')
  ON CONFLICT (tenant_id, setting_key) DO UPDATE SET setting_value = excluded.setting_value`

/** Sites that were mirrored before there was a code host had none of its content. */
const content = z.object({
  seed: z.number(),
  issues: z.number(),
  issueBytes: z.number(),
  pullRequests: z.number().default(DEFAULT_CONTENT.pullRequests),
  bornMs: z.number(),
})

/** Which simulated site the database mirrors, if any. */
export async function readMirroredSite(db: Database, tenantId: number): Promise<MirroredSite | undefined> {
  const [found] = await db.query<{ setting_value: string }>(tenant(tenantId), READ, [tenantId, KEY])
  return found && content.parse(JSON.parse(found.setting_value))
}

export async function writeMirroredSite(db: Database, tenantId: number, site: MirroredSite): Promise<void> {
  await db.query(tenant(tenantId), WRITE, [tenantId, KEY, JSON.stringify(site)])
}
