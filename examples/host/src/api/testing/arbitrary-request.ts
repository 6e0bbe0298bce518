import fc from 'fast-check'
import { z } from 'zod'
import type { Route } from '../contract/route.ts'

/** What readers stumble over. */
export const AWKWARD: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('\u0000', '\ud800', '__proto__', "' OR 1=1 --", '9'.repeat(400), '%00', '../..', '', '987654321'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer().map(String),
)
const ANYTHING = fc.oneof(AWKWARD, fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(1e308, -1, 0.5, null, true))
/** Names that lead nowhere, and that no request is sent to. */
const URLS = fc.constantFrom('http://127.0.0.1:9', 'https://nowhere.invalid', 'http://[::1]', 'https://u:p@x.invalid')
const LARGEST = 2_147_483_647

interface JsonSchema {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
}

/** Values that a schema lets through, for the most part: whatever lies behind it is to be reached. */
function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: ANYTHING })
}

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if ('const' in schema) return fc.constant(schema.const)
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
    case 'number': {
      const min = Math.max(schema.minimum ?? 0, -LARGEST)
      const max = Math.min(schema.maximum ?? LARGEST, LARGEST)
      return fc.oneof(fc.integer({ min, max: Math.min(max, min + 5) }), fc.integer({ min, max }))
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { minLength: 0, maxLength: 3 })
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = schema
      if (Object.keys(properties).length === 0 && additionalProperties) {
        return fc.dictionary(AWKWARD, ANYTHING, { maxKeys: 3 })
      }
      const fields: { [name: string]: fc.Arbitrary<unknown> } = {}
      for (const [name, each] of Object.entries(properties)) fields[name] = arbitraryOf(each)
      return fc.record(fields, { requiredKeys: [...required] })
    }
    default:
      return ANYTHING
  }
}

function text({ format, minLength = 0 }: JsonSchema): fc.Arbitrary<unknown> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (format === 'uri') return URLS
  if (format === 'email') return fc.emailAddress()
  return fc.oneof(fc.constantFrom('jira', 'true', 'jira_fields', 'work_items'), fc.string({ minLength, maxLength: 40 }))
}

/** A request of a route: its path's parameters, its query and its body. */
export interface ArbitraryRequest {
  readonly params: { readonly [name: string]: unknown }
  readonly query: { readonly [name: string]: unknown }
  readonly body: unknown
}

export function arbitraryRequest({ params, query, body }: Route): fc.Arbitrary<ArbitraryRequest> {
  const of = (schema: z.ZodType | undefined) =>
    arbitraryOf(z.toJSONSchema(schema ?? z.strictObject({}), { io: 'input', unrepresentable: 'any' }) as JsonSchema)
  const named = (schema: z.ZodType | undefined) =>
    of(schema).map((given) => ({ ...(given as object) }) as { readonly [name: string]: unknown })
  return fc.record({ params: named(params), query: named(query), body: of(body) })
}
