import { conditionsOf, fuseRanks, fusionDepth, type VectorMatch, type VectorQuery } from '@millrace/core'

/** A statement with its values. */
interface Statement {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** The statements of a search, each a ranking, and how their answers become one. */
export interface SearchPlan {
  readonly statements: readonly Statement[]
  combine(answers: readonly (readonly VectorMatch[])[]): readonly VectorMatch[]
}

/** @param vectorText writes a vector as pgvector reads it, and refuses one of other dimensions */
export function searchPlan(
  profile: string,
  { dense, sparse, weights, filter, limit }: VectorQuery,
  vectorText: (vector: Float32Array) => string,
): SearchPlan {
  const depth = dense && sparse ? fusionDepth(limit) : limit
  const rankings = [
    ...(dense
      ? [{ weight: weights?.dense ?? 1, statement: byMeaning(profile, vectorText(dense), filter, depth) }]
      : []),
    ...(sparse ? [{ weight: weights?.sparse ?? 1, statement: byWords(profile, sparse, filter, depth) }] : []),
  ]
  return {
    statements: rankings.map(({ statement }) => statement),
    combine: (answers) => {
      if (answers.length < 2) return answers[0] ?? []
      const ranked = rankings.map(({ weight }, index) => ({ weight, matches: answers[index] ?? [] }))
      return fuseRanks(ranked, limit)
    },
  }
}

/** The cosine of a vector of zeros is no number; it is like nothing. */
function byMeaning(profile: string, vector: string, filter: VectorQuery['filter'], limit: number): Statement {
  const values: unknown[] = [profile, vector, limit]
  const sql = `
    SELECT id, payload, coalesce(nullif(1 - (embedding <=> $2::vector), 'NaN'), 0) AS score
      FROM vector_points WHERE profile = $1 ${filtering(filter, values)}
     ORDER BY embedding <=> $2::vector, id LIMIT $3`
  return { sql, values }
}

/** BM25: the weight of a word in a text, times how rare the word is in the collection. */
function byWords(
  profile: string,
  sparse: NonNullable<VectorQuery['sparse']>,
  filter: VectorQuery['filter'],
  limit: number,
): Statement {
  const values: unknown[] = [profile, sparse.indices, sparse.values, limit]
  const sql = `
    WITH wanted AS (SELECT * FROM unnest($2::bigint[], $3::real[]) AS w (term, weight)),
    hits AS MATERIALIZED (
      SELECT p.id, h.term, h.weight::double precision * w.weight AS weight
        FROM vector_points p CROSS JOIN unnest(p.terms, p.weights) AS h (term, weight) JOIN wanted w ON w.term = h.term
       WHERE p.profile = $1 AND p.terms && $2::bigint[]),
    total AS (SELECT count(*) AS texts FROM vector_points WHERE profile = $1),
    rarity AS (
      SELECT term, ln(1 + (texts - count(*) + 0.5) / (count(*) + 0.5))::double precision AS rarity
        FROM hits, total GROUP BY term, texts)
    SELECT id, payload, score FROM (
      SELECT id, sum(weight * rarity) AS score FROM hits JOIN rarity USING (term) GROUP BY id) scored
      JOIN vector_points USING (id)
     WHERE profile = $1 AND score > 0 ${filtering(filter, values)}
     ORDER BY score DESC, id LIMIT $4`
  return { sql, values }
}

/** Adds the filter's values, and gives the conditions that name them. Fields are from a fixed list. */
function filtering(filter: VectorQuery['filter'], values: unknown[]): string {
  const given = (value: unknown): number => values.push(value)
  const conditions = conditionsOf(filter).flatMap((condition) => {
    const field = `payload ->> '${condition.field}'`
    if ('anyOf' in condition) return [`${field} = ANY ($${given(condition.anyOf.map(String))}::text[])`]
    const { from, before } = condition
    return [
      `${field} IS NOT NULL`,
      ...(from ? [`(${field})::timestamptz >= $${given(from)}::timestamptz`] : []),
      ...(before ? [`(${field})::timestamptz < $${given(before)}::timestamptz`] : []),
    ]
  })
  return conditions.map((condition) => `AND ${condition}`).join(' ')
}
