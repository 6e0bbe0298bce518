import type { SourceCard, TrackerSource } from './tracker-source.ts'

export interface ApiAnswer {
  readonly status: number
  readonly body: string
}

const TOKEN = /^Bearer token-(\d+)$/

/** The token of a tenant's account. */
export function tokenOf(tenantId: number): string {
  return `token-${tenantId}`
}

/**
 * The simulated provider's HTTP API, without any fault of its own. Lists are paged by the id of the last record, so that
 * records which come and go while a list is read move no others. `since` is inclusive.
 */
export function answerRequest(
  sources: readonly TrackerSource[],
  url: URL,
  authorization: string | null,
  pageSize: number,
): ApiAnswer {
  const tenantId = Number(authorization?.match(TOKEN)?.[1])
  const source = sources.find((found) => found.tenantId === tenantId)
  if (!source) return { status: 401, body: '{"error":"who are you?"}' }
  const [, kind, id, part] = url.pathname.split('/')
  const since = Date.parse(url.searchParams.get('since') ?? '') || 0
  const after = url.searchParams.get('after') ?? ''
  const page = <Item extends { readonly id: string }>(
    items: readonly Item[],
  ): { items: Item[]; next: string | null } => {
    const sorted = items.filter((item) => item.id > after).sort((left, right) => (left.id < right.id ? -1 : 1))
    const shown = sorted.slice(0, pageSize)
    return { items: shown, next: sorted.length > shown.length ? (shown.at(-1)?.id ?? null) : null }
  }
  const changed = source.cards.filter((card) => card.updated >= since)

  if (kind === 'boards' && id === undefined) return ok(mapItems(page(source.boards), 'boards', boardJson))
  if (kind === 'boards' && part === 'cards') {
    return ok(mapItems(page(changed.filter((card) => card.board === id)), 'cards', cardJson))
  }
  if (kind === 'cards' && id === undefined) return ok(mapItems(page(changed), 'cards', cardJson))
  if (kind === 'ids') return ok({ ids: source.cards.map((card) => card.id) })
  const card = source.cards.find((found) => found.id === id)
  if (kind === 'cards' && part === 'notes' && card) {
    const notes = card.notes.map((note) => ({ ...note, card_id: card.id, deleted: note.deleted || card.deleted }))
    return ok(mapItems(page(notes), 'notes', (note) => note))
  }
  return { status: 404, body: '{"error":"no such thing"}' }
}

function ok(body: object): ApiAnswer {
  return { status: 200, body: JSON.stringify(body) }
}

function mapItems<Item>(
  { items, next }: { readonly items: readonly Item[]; readonly next: string | null },
  name: string,
  render: (item: Item) => object,
): object {
  return { [name]: items.map(render), next }
}

function boardJson({ id, title, revision, updated }: TrackerSource['boards'][number]): object {
  return { id, title, revision, updated: new Date(updated).toISOString() }
}

function cardJson({ id, board, text, revision, updated, labels, deleted, poison, killer }: SourceCard): object {
  return {
    id,
    board_id: board,
    text,
    revision,
    updated: new Date(updated).toISOString(),
    labels,
    deleted,
    poison,
    killer,
  }
}
