import {
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql'

/** The TypeScript type of what an operation must be given; undefined when it takes nothing. */
export function renderVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  schema: GraphQLSchema,
): string | undefined {
  if (variableDefinitions.length === 0) return undefined
  const properties = variableDefinitions.map(({ variable, type }) => {
    const found = typeFromAST(schema, type)
    if (!isInputType(found)) throw new Error(`Failed to render $${variable.name.value}: no value can be given to it.`)
    return property(variable.name.value, found)
  })
  return `{ ${properties.join('; ')} }`
}

function property(name: string, type: GraphQLInputType): string {
  return `readonly ${name}${isNonNullType(type) ? '' : '?'}: ${inputType(type)}`
}

function inputType(type: GraphQLInputType): string {
  return isNonNullType(type) ? givenType(type.ofType) : `${givenType(type)} | null`
}

function givenType(type: GraphQLInputType): string {
  if (isListType(type)) return `readonly (${inputType(type.ofType)})[]`
  if (isEnumType(type)) {
    return type
      .getValues()
      .map(({ name }) => `'${name}'`)
      .join(' | ')
  }
  if (isInputObjectType(type)) {
    return `{ ${Object.values(type.getFields())
      .map((field) => property(field.name, field.type))
      .join('; ')} }`
  }
  return type.toString() === 'Int' || type.toString() === 'Float'
    ? 'number'
    : type.toString() === 'Boolean'
      ? 'boolean'
      : 'string'
}
