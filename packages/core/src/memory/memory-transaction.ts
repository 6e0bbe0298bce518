/**
 * Staged writes to maps, applied all at once or not at all. Optimistic: it holds no lock, so an effect that never returns
 * blocks nobody; when something it looked at changed meanwhile, applying reports a conflict.
 */
export class MemoryTransaction {
  readonly #seen = new Map<Map<string, object>, Map<string, object | undefined>>()
  readonly #writes = new Map<Map<string, object>, Map<string, object | undefined>>()

  get<Row extends object>(table: Map<string, Row>, key: string): Row | undefined {
    const written = this.#writes.get(table)
    if (written?.has(key)) return written.get(key) as Row | undefined
    const current = table.get(key)
    within(this.#seen, table).set(key, current)
    return current
  }

  set<Row extends object>(table: Map<string, Row>, key: string, row: Row | undefined): void {
    this.get(table, key)
    within(this.#writes, table).set(key, row)
  }

  /** Applies the writes. Returns false, and changes nothing, on a conflict. */
  apply(): boolean {
    for (const [table, keys] of this.#seen) {
      for (const [key, row] of keys) if (table.get(key) !== row) return false
    }
    for (const [table, keys] of this.#writes) {
      for (const [key, row] of keys) {
        if (row === undefined) table.delete(key)
        else table.set(key, row)
      }
    }
    return true
  }
}

/**
 * The transaction that a loader or a bridge was given, or one of its own that `finish` applies: between the two nothing
 * else runs, so that there is no conflict.
 */
export function joinTransaction(tx: unknown): { readonly tx: MemoryTransaction; finish(): void } {
  if (tx instanceof MemoryTransaction) return { tx, finish: () => undefined }
  const own = new MemoryTransaction()
  return { tx: own, finish: () => void own.apply() }
}

function within(
  tables: Map<Map<string, object>, Map<string, object | undefined>>,
  table: Map<string, object>,
): Map<string, object | undefined> {
  const found = tables.get(table)
  if (found) return found
  const created = new Map<string, object | undefined>()
  tables.set(table, created)
  return created
}
