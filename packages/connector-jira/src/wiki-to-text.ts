const VERBATIM = /\{(code|noformat)(?::[^}]*)?\}([\s\S]*?)\{\1\}/g
/** Macros that only say how their content looks; panels and expands keep their titles. */
const LOOK = /\{(?:quote|color|panel|expand|anchor|toc|section|column|info|note|tip|warning)(?::([^}]*))?\}/g
const TITLE = /(?:^|\|)title=([^|}]*)/
const LINK = /\[(?:([^\]|\n]+)\|)?([^\]|\n]+)(?:\|[^\]\n]*)?\]/g
const IMAGE = /!([^!\s|][^!\n|]*)(?:\|[^!\n]*)?!/g
const ESCAPED = /\\([{}[\]*_+^~!|\\-])/g
/** Stand where code and escaped characters were: characters of a range that no text uses. */
const HIDDEN = /\uE000(\d+)\uE001/g

/**
 * The readable text of wiki markup: what Data Center, and version 2 of the API, give for rich text. Markers of appearance go,
 * every word stays. https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa
 */
export function wikiToText(markup: string): string {
  const kept: string[] = []
  const hide = (text: string): string => `\uE000${kept.push(text) - 1}\uE001`
  const text = markup
    .replaceAll('\r\n', '\n')
    .replace(VERBATIM, (_, _kind, content: string) => `\n${hide(content.replace(/^\n|\n$/g, ''))}\n`)
    .replace(ESCAPED, (_, character: string) => hide(character))
    .replace(LOOK, (_, settings: string | undefined) => TITLE.exec(settings ?? '')?.[1] ?? '')
    .replaceAll('\\\\', '\n')
  return lists(text.split('\n').map(line))
    .join('\n')
    .replace(HIDDEN, (_, position: string) => kept[Number(position)] ?? '')
}

function line(text: string): string {
  if (/^\s*-{4,}\s*$/.test(text)) return '---'
  const plain = text.replace(/^\s*(?:h[1-6]|bq)\.\s+/, '')
  return inline(/^\s*\|/.test(plain) ? row(plain) : plain)
}

/** `||head||head||` and `|cell|cell|`. The bar inside a link parts its text from its address. */
function row(text: string): string {
  const cells = text
    .trim()
    .replace(LINK, (link) => inline(link))
    .split(/\|\|?/)
  return cells
    .slice(1, cells.at(-1)?.trim() === '' ? -1 : undefined)
    .map((cell) => cell.trim())
    .join(' | ')
}

function inline(text: string): string {
  return text
    .replace(LINK, (_, label: string | undefined, target: string) => link(label, target))
    .replace(IMAGE, (_, name: string) => name)
    .replace(/\{\{(.+?)\}\}/g, '$1')
    .replace(/\?\?(\S.*?)\?\?/g, '$1')
    .replace(/(^|[\s(>|])([*_+^~])(\S|\S.*?\S)\2(?=$|[\s).,:;!?|])/g, '$1$3')
}

function link(label: string | undefined, target: string): string {
  if (target.startsWith('~')) return `@${target.replace(/^~(?:accountid:)?/, '')}`
  const address = target.replace(/^\^/, '')
  if (label === undefined) return address
  return /^[#^]/.test(target) ? label : `${label} (${address})`
}

/** `*`, `-` and `#` begin items, as many of them as an item is deep; `#` counts. */
function lists(rows: readonly string[]): readonly string[] {
  const counts: { marker: string; count: number }[] = []
  return rows.map((text) => {
    const [, markers, content] = /^\s*([*#]+|-)\s+(.*)$/.exec(text) ?? []
    if (markers === undefined || content === undefined) {
      counts.length = 0
      return text
    }
    const depth = markers.length
    counts.length = Math.min(counts.length, depth)
    const marker = markers.slice(-1)
    const before = counts[depth - 1]
    const count = before?.marker === marker ? before.count + 1 : 1
    counts[depth - 1] = { marker, count }
    return `${'  '.repeat(depth - 1)}${marker === '#' ? `${count}.` : '-'} ${content}`
  })
}
