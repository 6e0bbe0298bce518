import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adfToText } from './adf-to-text.ts'

/** The schema of the format is its vendor's, so it lies beside the repository, where it is there. */
const FILE = new URL('../../../../shared/api-specs/adf-v1.json', import.meta.url)
const known = existsSync(FILE)

interface Schema {
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema | readonly Schema[]
  readonly minimum?: number
  readonly pattern?: string
}

/** Properties that people read; marks say only how something looks, or where it leads. */
const READ = new Set(['text', 'title', 'alt'])
const CARDS = new Set(['inlineCard', 'blockCard', 'embedCard'])
/** How far down every alternative is tried; below it the first one stands for all. */
const THOROUGH_DEPTH = 1

describe.skipIf(!known)(
  `every node of the format${known ? '' : ' (skipped: ../shared/api-specs/adf-v1.json is missing)'}`,
  () => {
    const definitions: { readonly [name: string]: Schema } = known
      ? JSON.parse(readFileSync(FILE, 'utf8')).definitions
      : {}

    it.each(Object.keys(definitions).filter((name) => name.endsWith('_node')))('%s keeps its text', (name) => {
      const words: string[] = []
      const node = createSample(definitions, words)({ $ref: `#/definitions/${name}` })
      const shown = new Set(adfToText({ type: 'doc', version: 1, content: [node] })?.split(/[^a-z0-9]+/))
      expect(words.filter((word) => !shown.has(word))).toEqual([])
    })

    it('has something to read in most of them', () => {
      const words: string[] = []
      createSample(definitions, words)({ $ref: '#/definitions/doc_node' })
      expect(words.length).toBeGreaterThan(100)
    })
  },
)

/**
 * Makes values that a schema allows: every property is there, and lists hold each alternative once. Words that people read are
 * collected, each its own.
 */
function createSample(definitions: { readonly [name: string]: Schema }, words: string[]) {
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref !== undefined) return resolve(definitions[schema.$ref.replace('#/definitions/', '')] ?? {})
    if (!schema.allOf) return schema
    const parts = schema.allOf.map(resolve)
    const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}))
    return { ...parts[0], properties }
  }
  const word = (): string => {
    const made = `word${words.length}`
    words.push(made)
    return ` ${made} `
  }
  const list = (items: Schema | readonly Schema[], node: string, depth: number): readonly unknown[] => {
    const listed: readonly Schema[] = Array.isArray(items) ? items : [items as Schema]
    const each = listed.flatMap((item) => alternatives(resolve(item)))
    const chosen = Array.isArray(items) || depth <= THOROUGH_DEPTH ? each : each.slice(0, 1)
    return chosen.map((item) => sample(item, node, '', depth + 1))
  }
  const alternatives = (schema: Schema): readonly Schema[] =>
    schema.anyOf ? schema.anyOf.map(resolve).flatMap(alternatives) : [schema]

  const sample = (given: Schema, node: string, property: string, depth: number): unknown => {
    // Of alternatives that are no nodes, such as sets of attributes, the last one is the most particular.
    const schema = alternatives(resolve(given)).at(-1) ?? {}
    if (schema.enum) return schema.enum[0]
    if (schema.type === 'string') {
      if (schema.pattern !== undefined) return schema.pattern.includes('neutral') ? 'neutral' : '#aabbcc'
      if (property === 'timestamp') return '1582152559000'
      return READ.has(property) || (property === 'url' && CARDS.has(node)) ? word() : 'hidden'
    }
    if (schema.type === 'number') return schema.minimum ?? 1
    if (schema.type === 'boolean') return true
    if (schema.type === 'array') return schema.items ? list(schema.items, node, depth) : []
    if (property === 'data' && CARDS.has(node)) return { name: word(), url: word() }
    if (!schema.properties) return {}
    const type = schema.properties.type?.enum?.[0]
    const own = typeof type === 'string' && property !== 'attrs' ? type : node
    const values = Object.entries(schema.properties).map(([name, part]) => {
      return [name, name === 'marks' ? [] : sample(part, own, name, depth)]
    })
    return Object.fromEntries(values)
  }
  return (schema: Schema): unknown => sample(schema, '', '', 0)
}
