import {
  type EmbeddingSettings,
  estimateBuild,
  MillraceError,
  parseEmbeddingSettings,
  profileOf,
  type ReconcileReport,
} from '@millrace/core'
import { changeModel, forgetModel, reconcileRows, rollBackModel, vectorCoverage } from '@millrace/sink-postgres'
import type { Vectors } from '../../vectors/open-vectors.ts'
import { toolsOfTenant } from '../../vectors/tools-of-tenant.ts'
import type { Api, Caller } from '../api.ts'
import type { qdrantRoutes } from '../contract/qdrant.ts'
import type { Json } from '../contract/scalars.ts'
import type { Handlers } from '../handlers.ts'
import { listCollections } from '../qdrant/list-collections.ts'
import { Refusal } from '../refusal.ts'
import { requireAllowedUrls } from '../security/allowed-urls.ts'
import { toWire } from '../to-wire.ts'

/** The vectors of a tenant: which there are, whether they agree with the rows, and of which model they are. */
export function qdrantHandlers(api: Api): Pick<Handlers, keyof typeof qdrantRoutes> {
  const { db, secrets, vectors, tasks, connectors, allowPrivateNetworks } = api
  const needed = (): Vectors => {
    if (vectors) return vectors
    throw new Refusal(
      'CONFLICT',
      'Failed to work on vectors: this program has no place for them. Give it Qdrant, or a server with pgvector.',
    )
  }
  const modelRequest = async ({ tenantId, actor }: Pick<Caller, 'tenantId' | 'actor'>) => {
    const { open } = needed()
    const { tools, sources } = await toolsOfTenant(db, needed(), tenantId)
    return { tenantId, actor, secrets, open, tools, sources }
  }
  return {
    listCollections: async ({ caller: { tenantId } }) => (vectors ? listCollections(db, vectors, tenantId) : []),
    async vectorCoverage({ caller: { tenantId }, query: { integration_id: integrationId } }) {
      if (!vectors) return { profile: null, entities: [] }
      const [model] = await vectors.modelsOf(tenantId)
      const profile = (await vectors.store.serving(tenantId)) ?? profileOf(model ?? vectors.vectorizer.provider)
      const entities = connectors.flatMap((connector) => connector.entities)
      const of = integrationId === undefined ? {} : { integrationId }
      return { profile, entities: (await vectorCoverage(db, { tenantId, entities, profile, ...of })).map(toWire) }
    },
    async reconcileVectors({ caller: { tenantId }, body: { repair } }) {
      const found = needed()
      return tasks.start(tenantId, 'reconcile', async ({ signal }) => {
        const { tools, sources } = await toolsOfTenant(db, found, tenantId)
        return reportOf(await reconcileRows(db, tools, { tenantId, sources, repair, signal }))
      })
    },
    listVectorTasks: async ({ caller: { tenantId } }) => tasks.list(tenantId),
    async estimateModelChange({ caller: { tenantId } }) {
      const { tools, sources } = await toolsOfTenant(db, needed(), tenantId)
      const { cost: _, ...estimate } = await estimateBuild(tools, { tenantId, sources })
      return estimate
    },
    async changeModel({ caller, body: { embedding } }) {
      const { defaultOf, preferred } = needed()
      await requireAllowedUrls([embedding?.baseUrl], { allowPrivateNetworks })
      const { settings, apiKey } = embedding ? readEmbedding(embedding) : { settings: preferred }
      return tasks.start(caller.tenantId, 'model-change', async ({ signal, onProgress }) => {
        await changeModel(db, {
          ...(await modelRequest(caller)),
          settings,
          ...(apiKey !== undefined && { apiKey }),
          before: await defaultOf(caller.tenantId),
          signal,
          onProgress,
        })
        return null
      })
    },
    rollBackModel: async ({ caller }) => rollBackModel(db, await modelRequest(caller)),
    async forgetModels({ caller: { tenantId } }) {
      return { forgotten: [...(await forgetModel(db, { tenantId, secrets, store: needed().store }))] }
    },
  }
}

/** @throws INVALID_CONFIG when it is no model */
function readEmbedding({ apiKey, ...rest }: { readonly [name: string]: Json }): {
  readonly settings: EmbeddingSettings
  readonly apiKey?: string
} {
  const settings = parseEmbeddingSettings(rest)
  if (apiKey === undefined || apiKey === null) return { settings }
  if (typeof apiKey === 'string' && apiKey !== '') return { settings, apiKey }
  throw new MillraceError('INVALID_CONFIG', {
    message: 'Failed to change the model: apiKey is no text. Give the key, or leave it out to keep the stored one.',
  })
}

function reportOf({ failed, ...report }: ReconcileReport) {
  return { ...report, failed: failed.map((failure) => ({ ...failure, keys: [...failure.keys] })) }
}
