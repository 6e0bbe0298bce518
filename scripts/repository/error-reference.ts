/** Where every error code is documented, relative to the root. */
export const errorReferenceFile = 'docs/reference/errors.md'

/** What the table of errors says about one code. */
type ErrorEntry = {
  readonly summary: string
  readonly retryable: boolean
  readonly remedy: string
  readonly causes?: readonly string[]
}

export type ErrorTable = Readonly<Record<string, ErrorEntry>>

const introduction = `# Errors

Every error that Millrace raises is a \`MillraceError\` with one of these codes, whether it is worth another try
(\`retryable\`), its cause, and the values that it is about. This page is written from \`packages/core/src/errors/error-table.ts\` by
\`npm run error-reference\`; a test compares the two both ways.

A transient error is tried again with growing delays; a permanent one leaves a dead row at once, which a person can requeue or
discard.`

export function renderErrorReference(table: ErrorTable): string {
  return `${[introduction, ...Object.entries(table).map(renderEntry)].join('\n\n')}\n`
}

function renderEntry([code, entry]: [string, ErrorEntry]): string {
  const causes = entry.causes ?? []
  return [
    `## ${code}`,
    entry.summary,
    ...(causes.length > 0 ? [`Likely causes:\n\n${causes.map((cause) => `- ${cause}`).join('\n')}`] : []),
    `**Remedy:** ${entry.remedy}`,
    `**Retried:** ${entry.retryable ? 'yes' : 'no'}`,
  ].join('\n\n')
}

/** Reads the page back, so that a code that only the page knows is found as well. */
export function parseErrorReference(page: string): ErrorTable {
  const sections = page.split(/^## /m).slice(1)
  return Object.fromEntries(sections.map(parseSection))
}

function parseSection(section: string): [string, ErrorEntry] {
  const [code = '', summary = '', ...rest] = section.trim().split('\n\n')
  const causes = rest
    .find((block) => block.startsWith('- '))
    ?.split('\n')
    .map((line) => line.slice(2))
  return [
    code,
    {
      summary,
      retryable: after('**Retried:** ', rest) === 'yes',
      remedy: after('**Remedy:** ', rest),
      ...(causes === undefined ? {} : { causes }),
    },
  ]
}

function after(label: string, blocks: readonly string[]): string {
  return blocks.find((block) => block.startsWith(label))?.slice(label.length) ?? ''
}
