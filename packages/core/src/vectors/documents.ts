import { hash } from 'node:crypto'
import type { StoredRow } from '../contracts/context.ts'
import type { EmbedSpec } from '../contracts/embed-spec.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { canonicalJson } from '../ids/canonical-json.ts'
import { uuidV5 } from '../ids/entity-id.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { ReadRow } from '../ports/loader.ts'
import type { BridgeRow, BridgeScope } from '../ports/vector-bridge.ts'
import type { VectorPayload } from '../ports/vector-store.ts'
import { chunkText } from './chunk-text.ts'

/** Raised when the engine makes other points of the same texts; it is part of every profile. */
const FORMAT_VERSION = 1

/** One chunk of a row, and what the bridge shall remember of it. */
export interface Document {
  readonly row: ReadRow
  /** What is embedded. */
  readonly text: string
  readonly payload: VectorPayload
  readonly bridge: BridgeRow
}

/** Names the space that a provider's vectors live in: vectors of two profiles cannot be compared. */
export function profileOf({ name, dimensions }: Pick<EmbeddingProvider, 'name' | 'dimensions'>): string {
  return `${name}/${dimensions}/v${FORMAT_VERSION}`
}

/** The chunks of a row; none when it is not worth embedding. `sourceType` is the kind of source in capitals. */
export function documentsOf(scope: BridgeScope, sourceType: string, row: ReadRow): readonly Document[] {
  const spec = scope.entity.embed as EmbedSpec<StoredRow> | undefined
  if (!spec) return []
  const values = declaredRow(scope.entity, row.values)
  const text = spec.text(values)?.trim()
  const title = spec.title?.(values)?.trim()
  if (!text && !title) return []
  const chunks = text ? chunkText(text, spec.chunk) : ['']
  const own = payloadOf(spec.payload?.(values) ?? {})
  return chunks.map((body, chunk) => {
    const full = [title, body].filter(Boolean).join('\n\n')
    const payload: VectorPayload = {
      ...own,
      source_type: sourceType,
      entity: scope.entity.name,
      row_id: row.key,
      integration_id: scope.integrationId,
      chunk,
      text: full,
    }
    const bridge: BridgeRow = {
      key: row.key,
      chunk,
      pointId: uuidV5(JSON.stringify([scope.tenantId, scope.entity.name, row.key, chunk, scope.profile])),
      textHash: hash('sha256', `${spec.version ?? 1}\n${full}`, 'base64'),
      payloadHash: hash('sha256', canonicalJson(payload), 'base64'),
      rowHash: row.hash,
      rowVersion: row.seq,
      state: 'ready',
    }
    return { row, text: full, payload, bridge }
  })
}

/** How much text documents hold together. */
export function lengthOf(documents: readonly Document[]): number {
  return documents.reduce((sum, { text }) => sum + text.length, 0)
}

/** The row under the names that the entity declares. */
function declaredRow(entity: AnyEntity, values: StoredRow): StoredRow {
  return entity.columnNames.includes('id') ? { ...values, id: values.external_id } : values
}

/** Times as ISO texts, and nothing that is not there. */
function payloadOf(given: ReturnType<NonNullable<EmbedSpec<StoredRow>['payload']>>): VectorPayload {
  return JSON.parse(JSON.stringify(given))
}
