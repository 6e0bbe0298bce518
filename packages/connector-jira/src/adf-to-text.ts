import { wikiToText } from './wiki-to-text.ts'

/** A node of the Atlassian Document Format. https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
interface AdfNode {
  readonly type?: unknown
  readonly text?: unknown
  readonly attrs?: { readonly [name: string]: unknown }
  readonly content?: unknown
}

/**
 * The readable text of a rich text value: an ADF document, or wiki markup, as version 2 of the API gives it. Blocks are
 * separated by an empty line. Nodes that are not known are walked through, so that no text is lost. Null when there is
 * nothing to read.
 */
export function adfToText(value: unknown): string | null {
  const text = typeof value === 'string' ? wikiToText(value) : isNode(value) ? render(value) : ''
  const tidy = text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  return tidy === '' ? null : tidy
}

type Render = (node: AdfNode) => string

const inline: Render = (node) => children(node).map(render).join('')
const blocks: Render = (node) => joinBlocks(children(node))
const item = (marker: string, node: AdfNode): string =>
  `${marker} ${indent(joinBlocks(contents(node), '\n'), marker.length + 1)}`
const lines: Render = (node) => children(node).map(render).join('\n')
const bullets: Render = (node) =>
  children(node)
    .map((child) => item('-', child))
    .join('\n')

const renderers: { readonly [type: string]: Render } = {
  text: (node) => string(node.text),
  hardBreak: () => '\n',
  paragraph: inline,
  heading: inline,
  codeBlock: inline,
  mention: (node) => attr(node, 'text') || attr(node, 'id'),
  emoji: (node) => attr(node, 'text') || attr(node, 'shortName'),
  date: (node) => day(node.attrs?.timestamp),
  status: (node) => attr(node, 'text'),
  inlineCard: card,
  blockCard: card,
  embedCard: (node) => attr(node, 'url'),
  media: (node) => attr(node, 'alt'),
  mediaInline: (node) => attr(node, 'alt'),
  rule: () => '---',
  bulletList: bullets,
  orderedList: (node) => {
    const first = Number(node.attrs?.order ?? 1)
    return children(node)
      .map((child, index) => item(`${first + index}.`, child))
      .join('\n')
  },
  taskList: lines,
  taskItem: (node) => `[${attr(node, 'state') === 'DONE' ? 'x' : ' '}] ${inline(node)}`,
  decisionList: bullets,
  table: lines,
  tableRow: (node) =>
    children(node)
      .map((cell) => joinBlocks(contents(cell), ' '))
      .join(' | '),
  blockTaskItem: (node) => item(attr(node, 'state') === 'DONE' ? '[x]' : '[ ]', node),
  placeholder: (node) => attr(node, 'text'),
  extension: captioned,
  bodiedExtension: captioned,
  inlineExtension: (node) => attr(node, 'text') + inline(node),
  expand: titled,
  nestedExpand: titled,
}

/** What an app shows in place of its content where the app is missing, and the content itself. */
function captioned(node: AdfNode): string {
  return [attr(node, 'text'), blocks(node)].filter((part) => part !== '').join('\n\n')
}

/** A card holds its address, or a description of what it points to, as linked data. */
function card(node: AdfNode): string {
  const data: unknown = node.attrs?.data
  if (!isNode(data)) return attr(node, 'url')
  const { name, url } = data as { readonly name?: unknown; readonly url?: unknown }
  return attr(node, 'url') || [string(name), string(url)].filter((part) => part !== '').join(' ')
}

function titled(node: AdfNode): string {
  return [attr(node, 'title'), blocks(node)].filter((part) => part !== '').join('\n\n')
}

function render(node: AdfNode): string {
  const known = typeof node.type === 'string' && Object.hasOwn(renderers, node.type) ? renderers[node.type] : undefined
  if (known) return known(node)
  const own = string(node.text)
  return own === '' ? blocks(node) : own + blocks(node)
}

/** Inline nodes that stand where blocks are expected belong to one line. */
function joinBlocks(nodes: readonly AdfNode[], separator = '\n\n'): string {
  const parts: string[] = []
  let line = false
  for (const node of nodes) {
    const text = render(node)
    if (isInline(node) && line) parts.push((parts.pop() ?? '') + text)
    else if (text !== '') parts.push(text)
    line = isInline(node)
  }
  return parts.join(separator)
}

const INLINE = new Set([
  'text',
  'hardBreak',
  'mention',
  'emoji',
  'date',
  'status',
  'inlineCard',
  'mediaInline',
  'inlineExtension',
  'placeholder',
])

function isInline(node: AdfNode): boolean {
  return typeof node.type === 'string' && INLINE.has(node.type)
}

function indent(text: string, width: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(width)}`)
}

/** What an item or a cell holds. In a broken document the text itself may stand where its wrapping should. */
function contents(node: AdfNode): readonly AdfNode[] {
  return isInline(node) ? [node] : children(node)
}

function day(timestamp: unknown): string {
  const date = new Date(Number(timestamp))
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10)
}

function attr(node: AdfNode, name: string): string {
  return string(node.attrs?.[name])
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function children(node: AdfNode): readonly AdfNode[] {
  return Array.isArray(node.content) ? node.content.filter(isNode) : []
}

function isNode(value: unknown): value is AdfNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
