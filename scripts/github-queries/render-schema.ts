import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * How strictly a selection is taken. An operation is taken as GitHub's schema says, and its fragments are left for later; a
 * fragment takes whatever is not needed for null when it is not as the schema says.
 */
type Manner = 'operation' | 'fragment'

interface Selected {
  readonly schema: GraphQLSchema
  readonly manner: Manner
}

export function schemaOfFragment(
  { selectionSet, typeCondition }: FragmentDefinitionNode,
  schema: GraphQLSchema,
): string {
  return objectOf(selectionSet, typeNamed(schema, typeCondition.name.value), { schema, manner: 'fragment' })
}

export function schemaOfOperation({ selectionSet }: OperationDefinitionNode, schema: GraphQLSchema): string {
  const query = schema.getQueryType()
  if (!query) throw new Error('Failed to render an operation: the schema has no queries.')
  return objectOf(selectionSet, query, { schema, manner: 'operation' })
}

/** Of an interface or a union, the fields of all of its types side by side: which of them are there, the answer says. */
function objectOf(selections: SelectionSetNode, type: GraphQLNamedType, selected: Selected): string {
  const lines = [...new Set(linesOf(selections, type, selected))]
  const [only] = lines
  if (only === undefined) return 'z.unknown()'
  const alone = /^\.\.\.(\w+)\.shape$/.exec(only)?.[1]
  if (alone !== undefined && lines.length === 1) return alone
  return `z.object({\n${lines.map((line) => `  ${line.replaceAll('\n', '\n  ')},\n`).join('')}})`
}

function linesOf({ selections }: SelectionSetNode, type: GraphQLNamedType, selected: Selected): readonly string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [fieldOf(selection, type, selected)]
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value
      return linesOf(selection.selectionSet, condition ? typeNamed(selected.schema, condition) : type, selected)
    }
    const name = selection.name.value
    return selected.manner === 'operation' ? [] : [`...${name[0]?.toLowerCase()}${name.slice(1)}.shape`]
  })
}

function fieldOf(field: FieldNode, parent: GraphQLNamedType, selected: Selected): string {
  const marks = (field.directives ?? []).map(({ name }) => name.value)
  const needed = marks.includes('needed')
  const code = fieldValue(field, parent, selected, needed)
  const optional = marks.some((mark) => mark === 'include' || mark === 'skip')
  return `${field.alias?.value ?? field.name.value}: ${code}${optional ? '.optional()' : ''}`
}

function fieldValue(field: FieldNode, parent: GraphQLNamedType, selected: Selected, needed: boolean): string {
  if (field.name.value === '__typename') return needed || selected.manner === 'operation' ? 'z.string()' : 'text'
  if (!isObjectType(parent) && !isInterfaceType(parent)) throw unrenderable(field, parent)
  const type = parent.getFields()[field.name.value]?.type
  if (!type) throw unrenderable(field, parent)
  const named = getNamedType(type)
  if (isLeafType(named)) {
    if (isListType(getNullableType(type))) throw unrenderable(field, parent)
    const kind = isEnumType(named) ? 'String' : named.name
    if (selected.manner === 'operation') return isNonNullType(type) ? exact(kind) : `${exact(kind)}.nullable()`
    return needed ? exact(kind) : lenient(kind)
  }
  if (named.name === 'PageInfo') return 'pageInfo'
  if (!field.selectionSet) throw unrenderable(field, parent)
  const object = objectOf(field.selectionSet, named, selected)
  if (isListType(getNullableType(type))) return listOf(object, type)
  // A list is taken whole or not at all, so it must be there.
  if (!named.name.endsWith('Connection')) {
    if (selected.manner === 'operation') return isNonNullType(type) ? object : `${object}.nullable()`
    return needed ? object : `lenient(${object})`
  }
  const nodes = /^z\.object\(\{\n {2}pageInfo: pageInfo,\n {2}nodes: z\.array\(([\s\S]*)\.nullable\(\)\),\n\}\)$/.exec(
    object,
  )
  return nodes?.[1] === undefined ? object : `connection(${nodes[1].replaceAll('\n  ', '\n')})`
}

/** GitHub may leave an item of a list out by making it null. */
function listOf(item: string, type: GraphQLOutputType): string {
  const list = getNullableType(type)
  const nullable = isListType(list) && !isNonNullType(list.ofType) && item !== 'z.unknown()'
  return `z.array(${item}${nullable ? '.nullable()' : ''})`
}

/** As JSON has it. Values of an enum are any text: GitHub adds some now and then. */
const EXACT: { readonly [scalar: string]: string } = {
  Int: 'z.int()',
  Float: 'z.number()',
  Boolean: 'z.boolean()',
  DateTime: 'requiredTime',
  BigInt: 'bigInteger',
}

const LENIENT: { readonly [scalar: string]: string } = {
  Int: 'whole',
  Float: 'lenient(z.number())',
  Boolean: 'flag',
  DateTime: 'optionalTime',
  BigInt: 'lenient(bigInteger)',
}

function exact(scalar: string): string {
  return EXACT[scalar] ?? 'z.string()'
}

function lenient(scalar: string): string {
  return LENIENT[scalar] ?? 'text'
}

function typeNamed(schema: GraphQLSchema, name: string): GraphQLNamedType {
  const type = schema.getType(name)
  if (!type) throw new Error(`Failed to render a selection: GitHub's schema has no ${name}.`)
  return type
}

function unrenderable(field: FieldNode, parent: GraphQLNamedType): Error {
  return new Error(`Failed to render ${field.name.value} of ${parent.name}: no schema is known for its kind.`)
}
