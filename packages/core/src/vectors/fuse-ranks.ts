/** How slowly a ranking's say fades from its first place on. */
export const FUSION_K = 2

/**
 * Weighted reciprocal rank fusion: a match scores the sum of 1 ÷ (rank ÷ weight + k − 1) over the rankings that have it, best
 * first, ties by id. A weight of 3 makes the third place of a ranking count like the first of one with weight 1. It is the
 * formula that Qdrant computes on its side; stores without fusion of their own use it here.
 */
export function fuseRanks<Match extends { readonly id: string; readonly score: number }>(
  rankings: readonly { readonly weight: number; readonly matches: readonly Match[] }[],
  limit: number,
): readonly Match[] {
  const fused = new Map<string, Match>()
  for (const { weight, matches } of rankings) {
    for (const [index, match] of matches.entries()) {
      const score = (fused.get(match.id)?.score ?? 0) + 1 / ((index + 1) / weight + FUSION_K - 1)
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
