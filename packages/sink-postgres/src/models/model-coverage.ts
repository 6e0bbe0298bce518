import type { AnyEntity } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { vectorCoverage } from '../vectors/vector-coverage.ts'
import { parseStoredModels, profileOfSettings } from './stored-models.ts'

/** How far the rows of a tenant can be found with one of its models, in numbers of rows. */
export interface ModelCoverage {
  readonly profile: string
  /** `current` serves; `also` is being built, or is kept to go back to. */
  readonly role: 'current' | 'also'
  /** Live rows. */
  readonly rows: number
  /** All of whose chunks are ready. */
  readonly embedded: number
  readonly pending: number
  readonly failed: number
  /** Of which nothing is known: not built yet, or not looked at since they were written. */
  readonly missing: number
  /** That were looked at, and have no text to embed. */
  readonly wordless: number
}

/** Every integration that names models names the same ones. */
const READ = 'SELECT embedding FROM integrations WHERE embedding IS NOT NULL ORDER BY id LIMIT 1'

/**
 * How far the models that a tenant names are built, by rows and bridge: what any process can show of a change that another one
 * works on. Empty when no integration names a model; then there is no change.
 *
 * @param options.entities of all connectors, for example; those that embed nothing are left out
 */
export async function modelCoverage(
  db: Database,
  options: { readonly tenantId: number; readonly entities: readonly AnyEntity[] },
): Promise<readonly ModelCoverage[]> {
  const { tenantId, entities } = options
  const [found] = await db.query<{ embedding: unknown }>(tenant(tenantId), READ)
  const stored = parseStoredModels(found?.embedding)
  if (!stored) return []
  const { current, also } = stored
  const models = [
    { role: 'current' as const, settings: current },
    ...(also ? [{ role: 'also' as const, settings: also }] : []),
  ]
  const coverages: ModelCoverage[] = []
  for (const { role, settings } of models) {
    const profile = profileOfSettings(settings)
    const parts = await vectorCoverage(db, { tenantId, entities, profile })
    const sum = (of: 'rows' | 'embedded' | 'pending' | 'failed' | 'missing' | 'wordless'): number =>
      parts.reduce((total, part) => total + part[of], 0)
    const counts = { rows: sum('rows'), embedded: sum('embedded'), pending: sum('pending') }
    const rest = { failed: sum('failed'), missing: sum('missing'), wordless: sum('wordless') }
    coverages.push({ profile, role, ...counts, ...rest })
  }
  return coverages
}
