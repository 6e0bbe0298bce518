import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, done, id, idParams, jsonObject, label, line, time } from './scalars.ts'
import { logoFilename } from './tenants.ts'

/** An account at a provider. Credentials go in and never come out. */
export const integration = z.object({
  id,
  name: z.string(),
  type: z.string().nullable(),
  base_url: z.string().nullable(),
  username: z.string().nullable(),
  has_credentials: z.boolean(),
  settings: jsonObject,
  embedding: jsonObject.nullable(),
  logo_filename: z.string().nullable(),
  active: z.boolean(),
  /** Jobs that read it. */
  jobs: count,
  created_at: time,
  last_updated_at: time,
})
export type Integration = z.output<typeof integration>

const given = {
  name: label,
  type: z.string().regex(/^[a-z][a-z0-9_]{0,58}$/, 'must be the name of a connector'),
  base_url: z
    .url({ protocol: /^https?$/, error: 'must look like https://your-site.example.com' })
    .max(2_000)
    .nullable(),
  username: line(200).nullable(),
  /** Tokens and the like, by the names that the connector gives them. */
  credentials: z.record(z.string().max(100), z.json()).nullable(),
  settings: z.record(z.string().max(100), z.json()),
  embedding: z.record(z.string().max(100), z.json()).nullable(),
  logo_filename: logoFilename.nullable(),
}

export const integrationInput = z.strictObject({
  name: given.name,
  type: given.type,
  base_url: given.base_url.default(null),
  username: given.username.default(null),
  credentials: given.credentials.default(null),
  settings: given.settings.default({}),
  embedding: given.embedding.default(null),
  logo_filename: given.logo_filename.default(null),
  active: z.boolean().default(true),
})

/** What is left out stays, credentials included. */
export const integrationChanges = z.strictObject(given).partial()

/** A kind of account that the program can read. */
export const connectorFacts = z.object({
  name: z.string(),
  version: z.string(),
  steps: z.array(z.object({ name: z.string(), display_name: z.string() })),
  /** JSON Schema of what base URL, user name, credentials and settings must hold together. */
  config_schema: jsonObject,
})
export type ConnectorFacts = z.output<typeof connectorFacts>

export const integrationRoutes = defineRoutes({
  listIntegrations: {
    method: 'GET',
    path: '/app/etl/integrations',
    summary: 'List the accounts at providers',
    tag: 'integrations',
    role: 'user',
    response: z.array(integration),
  },
  listConnectors: {
    method: 'GET',
    path: '/app/etl/connectors',
    summary: 'List the kinds of accounts that this program can read',
    tag: 'integrations',
    role: 'user',
    response: z.array(connectorFacts),
  },
  createIntegration: {
    method: 'POST',
    path: '/app/etl/integrations',
    summary: 'Add an account; a job of its connector that has none gets it',
    tag: 'integrations',
    role: 'admin',
    body: integrationInput,
    status: 201,
    response: integration,
  },
  showIntegration: {
    method: 'GET',
    path: '/app/etl/integrations/:id',
    summary: 'Show an account',
    tag: 'integrations',
    role: 'user',
    params: idParams,
    response: integration,
  },
  updateIntegration: {
    method: 'PUT',
    path: '/app/etl/integrations/:id',
    summary: 'Change an account; what is left out stays',
    tag: 'integrations',
    role: 'admin',
    params: idParams,
    body: integrationChanges,
    response: integration,
  },
  deleteIntegration: {
    method: 'DELETE',
    path: '/app/etl/integrations/:id',
    summary: 'Delete an account with everything that was read from it',
    tag: 'integrations',
    role: 'admin',
    params: idParams,
    response: z.object({ deleted: z.record(z.string(), count) }),
  },
  toggleIntegration: {
    method: 'POST',
    path: '/app/etl/integrations/:id/toggle',
    summary: 'Switch an account on or off; off, runs that read it are cancelled',
    tag: 'integrations',
    role: 'operator',
    params: idParams,
    body: z.strictObject({ active: z.boolean().optional() }).default({}),
    response: done.extend({ integration_id: id, active: z.boolean() }),
  },
  checkIntegration: {
    method: 'POST',
    path: '/app/etl/integrations/:id/check',
    summary: 'Ask the provider who we are and what we may read',
    tag: 'integrations',
    role: 'operator',
    params: idParams,
    response: z.object({
      ok: z.boolean(),
      account: z.string().nullable(),
      notes: z.array(z.string()),
      error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
    }),
  },
})
