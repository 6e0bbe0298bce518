import type { VectorStore } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import type { Secrets } from '../jobs/secrets.ts'
import { lockModels } from './change-model.ts'
import { profileOfSettings, writeModels } from './stored-models.ts'

const PROFILES = 'SELECT DISTINCT profile FROM qdrant_vectors ORDER BY 1'
/** $1 profile */
const FORGET = 'DELETE FROM qdrant_vectors WHERE profile = $1'
const FORGET_MARKS = 'DELETE FROM embedding_marks WHERE profile = $1'
/** Dimensions stand in a profile's name: provider/dimensions/format. */
const DIMENSIONS = /\/(\d+)\/v\d+$/

/**
 * Removes the vectors of every model but the one that serves. Interrupted, the same call goes on.
 *
 * @returns the profiles that went
 */
export async function forgetModel(
  db: Database,
  options: {
    readonly tenantId: number
    readonly secrets: Secrets
    readonly store: Pick<VectorStore, 'serving' | 'drop'>
  },
): Promise<readonly string[]> {
  const { tenantId, secrets, store } = options
  const serving = await store.serving(tenantId)
  // First, so that workers no longer write what is about to go.
  const alsoNamed = await db.transaction(tenant(tenantId), async (tx) => {
    const { rows, current, also, keys } = await lockModels(tx, tenantId, secrets)
    if (!current || !also) return []
    // A change that was interrupted when the new model served already has not called it the current one yet.
    const changed = profileOfSettings(also.settings) === serving
    const [kept, other] = changed ? [also, current] : [current, also]
    for (const { id } of rows) {
      await writeModels(tx, secrets, id, { models: { current: kept.settings, also: undefined }, keys })
    }
    return [profileOfSettings(other.settings)]
  })
  const known = await db.query<{ profile: string }>(tenant(tenantId), PROFILES)
  const gone = [...new Set([...alsoNamed, ...known.map(({ profile }) => profile)])].filter((each) => each !== serving)
  for (const profile of gone) {
    await store.drop({ tenantId, profile, dimensions: Number(DIMENSIONS.exec(profile)?.[1] ?? 0) })
    await db.query(tenant(tenantId), FORGET_MARKS, [profile])
    await db.query(tenant(tenantId), FORGET, [profile])
  }
  return gone
}
