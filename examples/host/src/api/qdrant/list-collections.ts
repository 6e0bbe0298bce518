import { profileOf } from '@millrace/core'
import { type Database, tenant } from '@millrace/sink-postgres'
import type { Vectors } from '../../vectors/open-vectors.ts'
import type { Collection } from '../contract/qdrant.ts'

/** Points that are written, by the bridge: the store itself could only be asked for every single one. */
const COUNT_POINTS = `
  SELECT profile, count(*) FILTER (WHERE state = 'ready') AS points FROM qdrant_vectors GROUP BY profile`

/** Dimensions stand in a profile's name: provider/dimensions/format. */
const DIMENSIONS = /\/(\d+)\/v\d+$/

/** The collections of a tenant, the one that serves first. */
export async function listCollections(db: Database, vectors: Vectors, tenantId: number): Promise<Collection[]> {
  const [serving, models, known, counted] = await Promise.all([
    vectors.store.serving(tenantId),
    vectors.modelsOf(tenantId),
    vectors.providersOf(tenantId),
    db.query<{ profile: string; points: number }>(tenant(tenantId), COUNT_POINTS),
  ])
  const points = new Map(counted.map((each) => [each.profile, each.points]))
  const named = serving === undefined ? [] : [serving, ...models.map(profileOf)]
  const configured = new Set(known.map(profileOf))
  return [...new Set([...named, ...points.keys()])].map((profile) => ({
    profile,
    serving: profile === serving,
    configured: configured.has(profile),
    points: points.get(profile) ?? 0,
    dimensions: Number(DIMENSIONS.exec(profile)?.[1] ?? 0) || null,
  }))
}
