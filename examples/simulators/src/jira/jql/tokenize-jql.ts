import { JqlError } from './jql-error.ts'

export interface JqlToken {
  readonly kind: 'word' | 'string' | 'operator' | 'punctuation'
  readonly text: string
  /** Position in the query, for messages. */
  readonly at: number
}

const PATTERN = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(>=|<=|!=|!~|=|<|>|~)|([(),])|([^\s"'=<>!~(),]+))/y

/** Splits a query into words, quoted strings, operators and punctuation. */
export const tokenizeJql = (jql: string): readonly JqlToken[] => {
  const tokens: JqlToken[] = []
  PATTERN.lastIndex = 0
  while (jql.slice(PATTERN.lastIndex).trim() !== '') {
    const at = PATTERN.lastIndex
    const found = PATTERN.exec(jql)
    if (found === null) {
      throw new JqlError(
        `Error in the JQL Query: The quoted string '${jql.slice(at).trim()}' has not been completed. (line 1, character ${at + 1})`,
      )
    }
    const [, double, single, operator, punctuation, word] = found
    const quoted = double ?? single
    if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replace(/\\(.)/g, '$1'), at })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at })
    else if (punctuation !== undefined) tokens.push({ kind: 'punctuation', text: punctuation, at })
    else tokens.push({ kind: 'word', text: word ?? '', at })
  }
  return tokens
}
