import { z } from 'zod'
import { problem } from './contract/problem.ts'
import type { Route } from './contract/route.ts'
import { ROUTES } from './contract/routes.ts'
import { idText } from './contract/scalars.ts'

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'Who asks is unknown',
  403: 'Whoever asks has a lesser role',
  404: 'There is no such thing in this tenant',
  409: 'It cannot be done as things are',
  413: 'The body is too large',
  415: 'The body is no JSON',
  429: 'Too many requests',
  503: 'The database or a provider does not answer',
}
const PUBLIC_REFUSALS = [400, 401, 413, 415, 429, 503]

/** The OpenAPI document of all routes, made of the schemas that they validate with. */
export function openApiDocument(version: string): object {
  const paths: { [path: string]: { [method: string]: object } } = {}
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version,
      description: 'Jobs that mirror work trackers and code hosts, and what they read.',
    },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problem, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        service: { type: 'apiKey', in: 'header', name: 'X-Internal-Auth' },
      },
    },
  }
}

function operation(name: string, route: Route): object {
  const isPublic = route.role === 'public'
  const refusals = Object.entries(REFUSALS).filter(([status]) => !isPublic || PUBLIC_REFUSALS.includes(Number(status)))
  const refused = (description: string) => ({
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
  })
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.tag],
    'x-role': route.role,
    security: isPublic ? [] : [{ token: [] }, { service: [] }],
    parameters: [
      ...parameters('path', route.params),
      ...parameters(
        'query',
        isPublic ? undefined : (route.query ?? z.strictObject({})).extend({ tenant_id: idText.optional() }),
      ),
    ],
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse(undefined).success,
        content: { 'application/json': { schema: jsonSchema(route.body, 'input') } },
      },
    }),
    responses: {
      [route.status ?? 200]: {
        description: 'Done',
        content: { 'application/json': { schema: jsonSchema(route.response, 'output') } },
      },
      ...Object.fromEntries(refusals.map(([status, description]) => [status, refused(description)])),
    },
  }
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): object[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !(field as z.ZodType).safeParse(undefined).success,
    schema: jsonSchema(field as z.ZodType, 'input'),
  }))
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
