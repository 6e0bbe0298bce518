/** A rich text as an older Jira would print it: wiki markup, made from the document that Cloud prints. */

interface Node {
  readonly type?: unknown
  readonly text?: unknown
  readonly attrs?: Readonly<Record<string, unknown>>
  readonly content?: readonly Node[]
}

export const isDocument = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'type') === 'doc' && 'content' in value

export const wikiMarkup = (document: Node): string => (document.content ?? []).map(block).join('\n\n')

const inline = (node: Node): string => (node.content ?? []).map(leaf).join('')

const leaf = (node: Node): string => {
  switch (node.type) {
    case 'text':
      return String(node.text)
    case 'hardBreak':
      return '\n'
    case 'mention':
      return `[~${String(node.attrs?.text).replace('@', '')}]`
    case 'inlineCard':
      return `[${String(node.attrs?.url)}]`
    case 'date':
      return new Date(Number(node.attrs?.timestamp)).toISOString().slice(0, 10)
    default:
      return String(node.attrs?.text ?? '')
  }
}

const items = (node: Node, marker: string): string =>
  (node.content ?? []).map((item) => `${marker} ${(item.content ?? []).map(block).join(' ')}`).join('\n')

const block = (node: Node): string => {
  switch (node.type) {
    case 'heading':
      return `h${String(node.attrs?.level ?? 1)}. ${inline(node)}`
    case 'codeBlock':
      return `{code}\n${inline(node)}\n{code}`
    case 'bulletList':
      return items(node, '*')
    case 'orderedList':
      return items(node, '#')
    case 'rule':
      return '----'
    case 'table':
      return (node.content ?? [])
        .map((row) => `|${(row.content ?? []).map((cell) => (cell.content ?? []).map(block).join(' ')).join('|')}|`)
        .join('\n')
    case 'paragraph':
    case 'taskItem':
      return inline(node)
    default:
      return (node.content ?? []).map(block).join('\n')
  }
}
