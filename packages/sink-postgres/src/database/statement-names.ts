/** Names under which a connection keeps parsed statements and their plans. For wide inserts that is most of their cost. */
export interface StatementNames {
  /** The name of a statement; none when there are too many already, and then it is parsed each time. */
  of(text: string): { readonly name: string } | undefined
  /** Gives all statements new names: what they are about was altered, and old plans do not fit any more. */
  renew(): void
}

/** Far more than there are; a program that makes texts of its own without end must not fill the server's memory. */
const MAX_NAMES = 500

export function statementNames(): StatementNames {
  const known = new Map<string, { readonly name: string }>()
  let generation = 0
  return {
    of(text) {
      const found = known.get(text)
      if (found || known.size >= MAX_NAMES) return found
      const named = { name: `millrace_${generation}_${known.size}` }
      known.set(text, named)
      return named
    },
    renew() {
      known.clear()
      generation += 1
    },
  }
}
