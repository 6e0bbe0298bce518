import type { Answer } from './command.ts'

/** For machines one JSON document, for people lines and a table, and bytes as they are. */
export function renderAnswer(answer: Answer, asJson: boolean): readonly (string | Uint8Array)[] {
  if (answer.bytes && !asJson) return answer.bytes
  if (asJson) return [`${JSON.stringify(answer.json)}\n`]
  const lines = [...(answer.lines ?? []), ...(answer.table ? renderTable(answer.table) : [])]
  return lines.map((line) => `${line}\n`)
}

const WIDEST = 80

function renderTable(rows: readonly object[]): readonly string[] {
  const [first] = rows
  if (!first) return ['None.']
  const names = Object.keys(first)
  const cells = rows.map((row) => names.map((name) => cell((row as { readonly [name: string]: unknown })[name])))
  const widths = names.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)]
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ')
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text
}
