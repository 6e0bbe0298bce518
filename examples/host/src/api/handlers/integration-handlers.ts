import { checkConnection, errorTable, isMillraceError } from '@millrace/core'
import {
  createIntegration,
  deleteIntegration,
  type IntegrationFacts,
  listIntegrations,
  setIntegrationActive,
  updateIntegration,
} from '@millrace/sink-postgres'
import { z } from 'zod'
import type { Api } from '../api.ts'
import type { integrationRoutes } from '../contract/integrations.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { requireAllowedUrls } from '../security/allowed-urls.ts'
import { toWire } from '../to-wire.ts'

const CHECK_TIMEOUT_MS = 20_000
const SECRET_NAMES = /token|password|secret|private_?key|api_?key/i

/** Accounts at providers. Credentials go in and never come out. */
export function integrationHandlers(api: Api): Pick<Handlers, keyof typeof integrationRoutes> {
  const { db, secrets, connectors, jobStore, vectors, log, allowPrivateNetworks } = api
  const checkUrls = ({ base_url, settings, embedding }: Urls) =>
    requireAllowedUrls([base_url, settings?.baseUrl, embedding?.baseUrl], { allowPrivateNetworks })
  const requireConnector = (type: string): void => {
    const names = connectors.map(({ name }) => name)
    if (names.includes(type)) return
    const message = `Failed to store the account: no connector is called ${type}. There are ${names.join(', ')}.`
    throw new Refusal('BAD_REQUEST', message, { issues: [{ path: 'body.type', message: 'is no connector' }] })
  }
  const show = async (tenantId: number, id: number) => {
    const integrations = await listIntegrations(db, { tenantId })
    return shown(
      found(
        integrations.find((integration) => integration.id === id),
        'integration',
        id,
      ),
    )
  }
  return {
    listIntegrations: async ({ caller }) => (await listIntegrations(db, { tenantId: caller.tenantId })).map(shown),
    listConnectors: async () =>
      connectors.map((connector) => ({
        name: connector.name,
        version: connector.version,
        steps: connector.steps.map(({ name, displayName }) => ({ name, display_name: displayName })),
        config_schema: schemaOf(connector.config),
      })),
    async createIntegration({ caller: { tenantId }, body }) {
      requireConnector(body.type)
      refuseSecrets(body.settings)
      await checkUrls(body)
      const id = await createIntegration(db, {
        secrets,
        tenantId,
        name: body.name,
        type: body.type,
        baseUrl: body.base_url,
        username: body.username,
        credentials: body.credentials,
        settings: body.settings,
        embedding: body.embedding,
        logoFilename: body.logo_filename,
        active: body.active,
      })
      return show(tenantId, id)
    },
    showIntegration: async ({ caller, params }) => show(caller.tenantId, params.id),
    async updateIntegration({ caller: { tenantId }, params: { id: integrationId }, body }) {
      if (body.type !== undefined) requireConnector(body.type)
      refuseSecrets(body.settings ?? {})
      await checkUrls(body)
      const named = {
        name: body.name,
        type: body.type,
        baseUrl: body.base_url,
        username: body.username,
        credentials: body.credentials,
        settings: body.settings,
        embedding: body.embedding,
        logoFilename: body.logo_filename,
      }
      const changes = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
      await updateIntegration(db, { secrets, tenantId, integrationId, changes })
      return show(tenantId, integrationId)
    },
    async deleteIntegration({ caller: { tenantId, actor }, params: { id: integrationId } }) {
      const vectorStore = vectors && { vectorStore: vectors.store }
      return { deleted: { ...(await deleteIntegration(db, { tenantId, integrationId, actor, ...vectorStore })) } }
    },
    async toggleIntegration({ caller: { tenantId }, params: { id: integrationId }, body }) {
      const active = body.active ?? !(await show(tenantId, integrationId)).active
      const isThere = await setIntegrationActive(db, { tenantId, integrationId, active })
      found(isThere || undefined, 'integration', integrationId)
      const message = `The account is ${active ? 'on' : 'off'}.`
      return { success: true, message, integration_id: integrationId, active }
    },
    async checkIntegration({ caller: { tenantId }, params: { id } }) {
      const facts = await show(tenantId, id)
      const connector = connectors.find(({ name }) => name === facts.type)
      try {
        const integration = found(await jobStore.integration(tenantId, id), 'integration', id)
        if (!connector)
          return refused('INVALID_CONFIG', `Failed to check ${facts.name}: no connector is called ${facts.type}.`)
        const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
        const result = await checkConnection(connector, integration, { log, signal, allowPrivateNetworks })
        return { ok: true, account: result?.account ?? null, notes: [...(result?.notes ?? [])], error: null }
      } catch (error) {
        if (isMillraceError(error)) return refused(error.code, error.message)
        log.warn({ integration: id, error: String(error) }, 'Failed to check an account.')
        return refused('HTTP_UNAVAILABLE', `Failed to check ${facts.name}: the provider does not answer as expected.`)
      }
    },
  }
}

function refused(code: keyof typeof errorTable, message: string) {
  return { ok: false, account: null, notes: [], error: { code, message, remedy: errorTable[code].remedy } }
}

function shown(facts: IntegrationFacts) {
  return { ...toWire(facts), settings: { ...facts.settings }, embedding: facts.embedding && { ...facts.embedding } }
}

/** Where an account may lead: wherever its connector or the server of its model is asked. */
interface Urls {
  readonly base_url?: string | null | undefined
  readonly settings?: { readonly baseUrl?: unknown } | undefined
  readonly embedding?: { readonly baseUrl?: unknown } | null | undefined
}

/** Settings are shown to everybody of the tenant. */
function refuseSecrets(settings: object, within = 'body.settings'): void {
  for (const [name, value] of Object.entries(settings)) {
    const path = `${within}.${name}`
    if (SECRET_NAMES.test(name)) {
      const message = `Failed to store the account: ${path} looks like a secret. Put it into credentials, which are encrypted.`
      throw new Refusal('BAD_REQUEST', message, { issues: [{ path, message: 'belongs into credentials' }] })
    }
    if (typeof value === 'object' && value !== null) refuseSecrets(value, path)
  }
}

function schemaOf(config: z.ZodType) {
  return z.record(z.string(), z.json()).parse(z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }))
}
