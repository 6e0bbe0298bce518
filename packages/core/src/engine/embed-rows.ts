import { z } from 'zod'
import type { ErrorCode } from '../errors/error-table.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { NewRow } from '../ports/ledger.ts'
import { type SyncResult, syncDocuments } from '../vectors/sync-documents.ts'
import type { AccountName, Vectorizer } from './engine.ts'
import type { Work } from './open-work.ts'

const payloadSchema = z.object({ entity: z.string(), keys: z.array(z.string()) })

/** What is wrong for every text; halving the batch would only ask more often. */
const NO_FAULT_OF_A_TEXT: ReadonlySet<ErrorCode> = new Set([
  'FORBIDDEN_URL',
  'INVALID_CONFIG',
  'SCHEMA_MISMATCH',
  'UNAUTHORIZED',
])

/**
 * Brings vectors in line with rows as they are now, in the collection of every model that the vectorizer names. Only ids
 * travel. The bridge says `pending` before the store is touched and `ready` after it, so whatever a crash leaves behind is
 * found and done again; a row that changed meanwhile gets a follow-up.
 */
export async function embedRows(work: Work): Promise<void> {
  const { engine, connector } = work
  const { entity: name, keys } = payloadSchema.parse(work.lease().payload)
  const entity = connector.entities.find((found) => found.name === name)
  const { vectorizer } = engine
  if (!vectorizer || !entity) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to embed ${name}: ${vectorizer ? 'the connector has no such entity' : 'no vectorizer is configured'}.`,
    })
  }
  const { tenantId, integrationId } = work.lease()
  const request = {
    ...{ tenantId, integrationId, entity, keys },
    sourceType: connector.name.toUpperCase(),
    // An earlier attempt got as far as marking: what it did to the store afterwards, nobody knows.
    doubt: work.lease().cursorSeq > 0,
    signal: work.signal,
  }
  const results: SyncResult[] = []
  for (const provider of await modelsOf(vectorizer, { tenantId, integrationId })) {
    let marked: SyncResult['scope'] | undefined
    try {
      const tools = {
        provider: watched(work, provider),
        store: vectorizer.store,
        bridge: vectorizer.bridge,
        loader: engine.loader,
      }
      const result = await syncDocuments(tools, {
        ...request,
        mark: (scope, rows) => {
          marked = scope
          const effect = async (tx: unknown) => {
            await vectorizer.bridge.mark(scope, rows, tx)
            return { births: [] }
          }
          return work.commit({ row: { to: 'leased' }, effect })
        },
      })
      if (!result) return
      results.push(result)
    } catch (error) {
      if (!isMillraceError(error) || error.retryable || NO_FAULT_OF_A_TEXT.has(error.code)) throw error
      if (keys.length < 2) {
        if (marked) await vectorizer.bridge.blame(marked, keys, error.message)
        throw error
      }
      // Some text of the batch is at fault: try the halves apart, until it is alone.
      const middle = keys.length >> 1
      const births = [keys.slice(0, middle), keys.slice(middle)].map((half) => embedRow(work, name, half))
      await work.commit({ row: { to: 'done' }, births })
      return
    }
  }

  await work.commit({
    row: { to: 'done' },
    totals: { embedded: results.reduce((sum, { embedded }) => sum + embedded, 0) },
    effect: async (tx) => {
      const changed = new Set<string>()
      for (const { scope, settled } of results) {
        for (const key of await vectorizer.bridge.settle(scope, settled, tx)) changed.add(key)
      }
      return { births: changed.size > 0 ? [embedRow(work, name, [...changed])] : [] }
    },
  })
}

async function modelsOf(vectorizer: Vectorizer, account: AccountName): Promise<readonly EmbeddingProvider[]> {
  return (await vectorizer.modelsOf?.(account)) ?? [vectorizer.provider, ...(vectorizer.also ?? [])]
}

/** The provider, each call of which is a span. */
function watched({ engine }: Work, provider: EmbeddingProvider): EmbeddingProvider {
  return {
    ...provider,
    embed: (texts, signal) => {
      const facts = { 'millrace.provider': provider.name, 'millrace.texts': texts.length }
      return engine.telemetry.span('millrace.embed.call', facts, () => provider.embed(texts, signal))
    },
  }
}

function embedRow(work: Work, entity: string, keys: readonly string[]): NewRow {
  return { step: work.step.name, jobType: 'embed', payload: { entity, keys } }
}
