import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { githubSchema } from './schema.ts'

export type Variables = Readonly<Record<string, unknown>>

/** What a query asks for at most, before anything is looked up. */
export interface QueryMeasure {
  /** Nodes in all connections together; 500,000 are allowed. */
  readonly nodes: number
  /** Points: a hundredth of the requests that the connections take, at least one. */
  readonly points: number
  /** Connections without `first` or `last`, or with more than 100: GitHub refuses the query. */
  readonly faults: readonly { readonly type: string; readonly message: string }[]
}

export const MAX_NODES = 500_000
const MAX_PAGE = 100

/**
 * Measures a query the way GitHub documents it.
 *
 * Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export const measureQuery = (document: DocumentNode, variables: Variables): QueryMeasure => {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  )
  const faults: { type: string; message: string }[] = []
  let nodes = 0
  let requests = 0

  const visit = (selections: SelectionSetNode, type: GraphQLCompositeType, times: number): void => {
    for (const selection of selections.selections) {
      if (!isIncluded(selection.directives, variables)) continue
      if (selection.kind === Kind.FIELD) {
        visitField(selection, type, times)
        continue
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      const condition = fragment?.typeCondition?.name.value
      const inner = condition === undefined ? type : githubSchema().getType(condition)
      if (fragment && inner && isCompositeType(inner)) visit(fragment.selectionSet, inner, times)
    }
  }
  const visitField = (field: FieldNode, parent: GraphQLCompositeType, times: number): void => {
    if (!field.selectionSet || !(isObjectType(parent) || isInterfaceType(parent))) return
    const definition = parent.getFields()[field.name.value]
    const type = definition && getNamedType(definition.type)
    if (!type || !isCompositeType(type)) return
    if (!type.name.endsWith('Connection')) {
      const ids =
        field.name.value === 'nodes' && parent.name === 'Query' ? argument(field, 'ids', variables) : undefined
      visit(field.selectionSet, type, Array.isArray(ids) ? times * ids.length : times)
      return
    }
    const size = pageSize(field, type as GraphQLObjectType)
    requests += times
    nodes += times * size
    visit(field.selectionSet, type, times * size)
  }
  const pageSize = (field: FieldNode, type: GraphQLObjectType): number => {
    const size = argument(field, 'first', variables) ?? argument(field, 'last', variables)
    const name = field.name.value
    if (typeof size !== 'number') {
      const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`
      faults.push({ type: 'MISSING_PAGINATION_BOUNDARIES', message })
      return 0
    }
    if (size < 1 || size > MAX_PAGE) {
      const message = `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`
      faults.push({ type: 'EXCESSIVE_PAGINATION', message: `${message} (${type.name})` })
    }
    return size
  }

  for (const definition of document.definitions) {
    const query = githubSchema().getQueryType()
    if (definition.kind === Kind.OPERATION_DEFINITION && query) visit(definition.selectionSet, query, 1)
  }
  if (nodes > MAX_NODES) {
    faults.push({
      type: 'MAX_NODE_LIMIT_EXCEEDED',
      message: `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of ${MAX_NODES}.`,
    })
  }
  return { nodes, points: Math.max(1, Math.round(requests / 100)), faults }
}

const argument = (field: FieldNode, name: string, variables: Variables): unknown => {
  const given = field.arguments?.find((each) => each.name.value === name)
  return given && givenValue(given.value, variables)
}

const givenValue = (value: ValueNode, variables: Variables): unknown => {
  if (value.kind === Kind.VARIABLE) return variables[value.name.value] ?? undefined
  if (value.kind === Kind.INT) return Number(value.value)
  if (value.kind === Kind.BOOLEAN) return value.value
  if (value.kind === Kind.LIST) return value.values.map((each) => givenValue(each, variables))
  return undefined
}

const isIncluded = (directives: readonly DirectiveNode[] | undefined, variables: Variables): boolean =>
  (directives ?? []).every((directive) => {
    const condition = directive.arguments?.find((each) => each.name.value === 'if')
    const holds = condition && givenValue(condition.value, variables)
    return directive.name.value === 'skip' ? holds !== true : directive.name.value !== 'include' || holds === true
  })
