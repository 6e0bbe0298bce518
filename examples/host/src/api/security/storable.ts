const DEEPEST = 32

/**
 * What is wrong with a value that JSON can say and PostgreSQL cannot store, or that is nested so deeply that no reader
 * bears it; undefined when nothing is. Goes through it without recursion.
 */
export function whyUnstorable(value: unknown): string | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > DEEPEST) return `must not be nested deeper than ${DEEPEST} levels`
    if (typeof next.value === 'string' && (next.value.includes('\0') || !next.value.isWellFormed())) {
      return 'must not hold NUL or halves of characters'
    }
    if (typeof next.value !== 'object' || next.value === null) continue
    for (const [key, inner] of Object.entries(next.value)) {
      open.push({ value: key, depth: 0 }, { value: inner, depth: next.depth + 1 })
    }
  }
  return undefined
}
