import {
  type DocumentNode,
  extendSchema,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  TokenKind,
  validate,
  visit,
} from 'graphql'
import { schemaOfFragment, schemaOfOperation } from './render-schema.ts'
import { renderVariables } from './render-variables.ts'

/** What our files say beyond GitHub's schema; it is taken out before a query is sent. */
const OURS = `
  "Without it a record cannot be used, and is refused. Whatever else is missing, or of another kind, becomes null."
  directive @needed on FIELD`

/**
 * The TypeScript of a file of queries: each operation with its text, the schema of its answer and the type of its variables;
 * and the schema of each fragment that an operation names. An operation is taken as GitHub's schema says, and what its
 * fragments select stays unknown there: that is parsed with the schema of the fragment, item by item.
 *
 * @throws Error when the file does not fit GitHub's schema
 */
export function renderQueries(file: string, source: string, github: GraphQLSchema): string {
  const schema = extendSchema(github, parse(OURS), { assumeValidSDL: true })
  const document = parse(source)
  const [mistake] = validate(schema, document)
  if (mistake) throw new Error(`Failed to render ${file}: ${mistake.message}. Mend the query.`)
  const fragments = inOrder(document)
  const bodies = [
    ...fragments.map((fragment) => renderFragment(fragment, fragments, schema)),
    ...document.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? [renderOperation(node, fragments, schema)] : [],
    ),
  ]
  const code = bodies.join('\n')
  const schemas = code.replaceAll(/^ {2}text: .*$/gm, '')
  const names = FIELD_SCHEMAS.filter((name) => new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(schemas))
  return [
    `// Written by "npm run github-queries" from ${file} and GitHub's schema.`,
    "import { z } from 'zod'",
    ...(names.length > 0 ? [`import { ${names.join(', ')} } from './fields.ts'`] : []),
    '',
    code,
  ].join('\n')
}

/** What a rendered schema may use of `fields.ts`, in the order of an import. */
const FIELD_SCHEMAS = [
  'bigInteger',
  'connection',
  'flag',
  'lenient',
  'optionalTime',
  'pageInfo',
  'requiredTime',
  'text',
  'whole',
] as const

function renderFragment(
  fragment: FragmentDefinitionNode,
  all: readonly FragmentDefinitionNode[],
  schema: GraphQLSchema,
): string {
  const isPart = all.some((other) => spreadsOf(other).includes(fragment.name.value))
  const name = constant(fragment.name.value)
  return [
    ...commentOf(fragment),
    `${isPart ? '' : 'export '}const ${name} = ${schemaOfFragment(fragment, schema)}`,
    ...(isPart ? [] : [`\nexport type ${fragment.name.value} = z.output<typeof ${name}>`]),
    '',
  ].join('\n')
}

function renderOperation(
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
  schema: GraphQLSchema,
): string {
  const sent: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [operation, ...fragments.filter(({ name }) => reached(operation, fragments).has(name.value))],
  }
  const text = stripIgnoredCharacters(print(visit(sent, { Directive: dropOurs }))).replace(/['\\]/g, '\\$&')
  const variables = renderVariables(operation, schema)
  return [
    ...commentOf(operation),
    `export const ${constant(operation.name?.value ?? '')}Operation = {`,
    `  text: '${text}',`,
    ...(variables === undefined ? [] : [`  variables: (given: ${variables}) => given,`]),
    `  data: ${schemaOfOperation(operation, schema).replaceAll('\n', '\n  ')},`,
    '}',
    '',
  ].join('\n')
}

function dropOurs(node: { readonly name: { readonly value: string } }): null | undefined {
  return node.name.value === 'needed' ? null : undefined
}

/** Fragments, each after those that it is made of. */
function inOrder(document: DocumentNode): readonly FragmentDefinitionNode[] {
  const all = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  )
  const sorted = new Set<FragmentDefinitionNode>()
  const add = (fragment: FragmentDefinitionNode): void => {
    for (const name of spreadsOf(fragment)) {
      const part = all.get(name)
      if (part) add(part)
    }
    sorted.add(fragment)
  }
  for (const fragment of all.values()) add(fragment)
  return [...sorted]
}

function reached(
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): ReadonlySet<string> {
  const found = new Set(spreadsOf(operation))
  for (const fragment of fragments.toReversed()) {
    if (found.has(fragment.name.value)) for (const name of spreadsOf(fragment)) found.add(name)
  }
  return found
}

function spreadsOf(node: FragmentDefinitionNode | OperationDefinitionNode): readonly string[] {
  const names: string[] = []
  visit(node, { FragmentSpread: ({ name }) => void names.push(name.value) })
  return names
}

/** The comment above a definition, for its doc block. */
function commentOf({ loc }: FragmentDefinitionNode | OperationDefinitionNode): readonly string[] {
  const lines: string[] = []
  for (let token = loc?.startToken.prev; token?.kind === TokenKind.COMMENT; token = token.prev) {
    lines.unshift(token.value.trim())
  }
  return lines.length === 0 ? [] : [`/** ${lines.join(' ')} */`]
}

function constant(name: string): string {
  return `${name[0]?.toLowerCase()}${name.slice(1)}`
}
