import type { Collection, StrictMode } from './collection.ts'
import { Refusal } from './refusal.ts'

export type QdrantCollections = ReadonlyMap<string, Collection>

export interface ServerState {
  readonly strictMode: StrictMode
  readonly collections: Map<string, Collection>
  readonly aliases: Map<string, string>
  /** The collection of that name or alias. */
  open(name: string): Collection
  /** Applies a write at once, or, when nobody waits for it, a little later; writes keep their order. */
  write(
    wait: boolean,
    apply: () => void,
  ): { readonly operation_id: number; readonly status: 'completed' | 'acknowledged' }
  /** Applies what is outstanding. */
  settle(): void
}

const LATER_MS = 30

export const createServerState = (strictMode: StrictMode): ServerState => {
  const collections = new Map<string, Collection>()
  const aliases = new Map<string, string>()
  let outstanding: (() => void)[] = []
  let operations = 0
  const settle = (): void => {
    const due = outstanding
    outstanding = []
    for (const apply of due) apply()
  }
  return {
    strictMode,
    collections,
    aliases,
    open: (name) => {
      const found = collections.get(aliases.get(name) ?? name)
      if (!found) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`)
      return found
    },
    write: (wait, apply) => {
      outstanding.push(apply)
      if (wait) settle()
      else setTimeout(settle, LATER_MS).unref()
      operations += 1
      return { operation_id: operations, status: wait ? 'completed' : 'acknowledged' }
    },
    settle,
  }
}
