import { JqlError } from './jql-error.ts'
import { type JqlToken, tokenizeJql } from './tokenize-jql.ts'

/** The fields this subset of JQL can search by. */
export const SEARCH_FIELDS = ['project', 'issuekey', 'id', 'updated', 'created'] as const
export type SearchField = (typeof SEARCH_FIELDS)[number]

export const ORDER_FIELDS = ['created', 'updated', 'key', 'id'] as const
export type OrderField = (typeof ORDER_FIELDS)[number]

export type Operator = '=' | 'in' | '>=' | '<=' | '<' | '>'

export interface Clause {
  readonly field: SearchField
  readonly operator: Operator
  readonly values: readonly string[]
}

export interface Ordering {
  readonly field: OrderField
  readonly descending: boolean
}

/** A query of the supported subset: clauses joined by AND, and an order. */
export interface JqlQuery {
  readonly clauses: readonly Clause[]
  readonly order: readonly Ordering[]
}

const ALIASES: Readonly<Record<string, SearchField>> = {
  project: 'project',
  issuekey: 'issuekey',
  key: 'issuekey',
  issue: 'issuekey',
  id: 'id',
  updated: 'updated',
  updateddate: 'updated',
  created: 'created',
  createddate: 'created',
}

const ORDER_ALIASES: Readonly<Record<string, OrderField>> = {
  created: 'created',
  createddate: 'created',
  updated: 'updated',
  updateddate: 'updated',
  key: 'key',
  issuekey: 'key',
  id: 'id',
}

const RELATIONS = ['>=', '<=', '<', '>']
const OPERATORS: Readonly<Record<SearchField, readonly string[]>> = {
  project: ['=', 'in'],
  issuekey: ['=', 'in', ...RELATIONS],
  id: ['=', 'in', ...RELATIONS],
  updated: ['=', ...RELATIONS],
  created: ['=', ...RELATIONS],
}

/** Jira sorts dates newest first unless told otherwise. */
const DESCENDING_BY_DEFAULT: readonly OrderField[] = ['created', 'updated']
const MOST_ORDERINGS = 7

/**
 * Parses the subset of JQL that this site understands:
 * `project = X`, `project in (X, Y)`, `issuekey|id = …|in (…)|>= > <= < …`, `updated|created >= > <= < = …`, joined by AND, then
 * ORDER BY created, updated, key or id. What real Jira understands beyond that is refused with a message that says so.
 *
 * @throws JqlError for everything else
 */
export const parseJql = (jql: string): JqlQuery => {
  const tokens = tokenizeJql(jql)
  let position = 0
  const peek = (): JqlToken | undefined => tokens[position]
  const take = (expected: string): JqlToken => {
    const token = tokens[position]
    position += 1
    if (token === undefined)
      throw new JqlError(`Error in the JQL Query: Expecting ${expected} but reached the end of the query.`)
    return token
  }
  const takeText = (text: string): void => {
    const token = take(`'${text}'`)
    if (token.kind === 'string' || token.text.toLowerCase() !== text) throw unexpected(token, `'${text}'`)
  }
  const isWord = (text: string): boolean => peek()?.kind === 'word' && peek()?.text.toLowerCase() === text

  const clause = (): Clause => {
    const name = take('a field name')
    const field = ALIASES[name.text.toLowerCase()]
    if (name.kind === 'punctuation' || name.kind === 'operator') throw unexpected(name, 'a field name')
    if (field === undefined)
      throw new JqlError(`Field '${name.text}' does not exist or you do not have permission to view it.`)
    const symbol = take('an operator')
    const operator = symbol.text.toLowerCase()
    if (!OPERATORS[field].includes(operator)) {
      throw new JqlError(`The operator '${symbol.text}' is not supported by the '${name.text}' field.`)
    }
    if (operator !== 'in') return { field, operator: operator as Operator, values: [value()] }
    takeText('(')
    const values = [value()]
    while (peek()?.text === ',') {
      position += 1
      values.push(value())
    }
    takeText(')')
    return { field, operator, values }
  }

  const value = (): string => {
    const token = take('a value')
    if (token.kind !== 'string' && token.kind !== 'word') throw unexpected(token, 'a value')
    return token.text
  }

  const ordering = (): Ordering => {
    const name = take('a field name')
    const field = ORDER_ALIASES[name.text.toLowerCase()]
    if (field === undefined) throw new JqlError(`Not able to sort using field '${name.text}'.`)
    const explicit = isWord('asc') || isWord('desc') ? take('a direction').text.toLowerCase() : undefined
    return { field, descending: explicit === undefined ? DESCENDING_BY_DEFAULT.includes(field) : explicit === 'desc' }
  }

  const clauses: Clause[] = []
  if (peek() !== undefined && !isWord('order')) {
    clauses.push(clause())
    while (isWord('and')) {
      position += 1
      clauses.push(clause())
    }
  }
  const order: Ordering[] = []
  if (isWord('order')) {
    position += 1
    takeText('by')
    order.push(ordering())
    while (peek()?.text === ',') {
      position += 1
      order.push(ordering())
    }
  }
  const rest = peek()
  if (rest !== undefined) throw unexpected(rest, "either 'AND' or 'ORDER BY'")
  if (order.length > MOST_ORDERINGS) throw new JqlError(`JQL can be ordered by at most ${MOST_ORDERINGS} fields.`)
  return { clauses, order }
}

const unexpected = (token: JqlToken, expected: string): JqlError =>
  new JqlError(
    `Error in the JQL Query: Expecting ${expected} but got '${token.text}'. (line 1, character ${token.at + 1})`,
  )
