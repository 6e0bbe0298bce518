/** Dampens the lead of first places, so that a point in both rankings beats the first of one (Cormack et al., 2009). */
export const FUSION_K = 60

/** Reciprocal rank fusion of two rankings, best first, ties by id: what stores without one of their own use. */
export function fuseRanks<Match extends { readonly id: string; readonly score: number }>(
  rankings: readonly { readonly weight: number; readonly matches: readonly Match[] }[],
  limit: number,
): readonly Match[] {
  const fused = new Map<string, Match>()
  for (const { weight, matches } of rankings) {
    for (const [index, match] of matches.entries()) {
      const score = (fused.get(match.id)?.score ?? 0) + weight / (FUSION_K + index + 1)
      fused.set(match.id, { ...match, score })
    }
  }
  return [...fused.values()].sort(byScore).slice(0, limit)
}

/** How matches are ordered: the greater score first, ties by id. */
export function byScore(
  left: { readonly id: string; readonly score: number },
  right: { readonly id: string; readonly score: number },
): number {
  return right.score - left.score || (left.id < right.id ? -1 : 1)
}

/** Matches of each ranking that fusing looks at: a point far down in both may still be among the best. */
export function fusionDepth(limit: number): number {
  return Math.max(50, limit * 4)
}
