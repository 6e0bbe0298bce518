import { SPEC_KINDS, type SpecKind, type SpecName } from './spec-name.ts'

export const SPEC_MAP_FILE = 'docs/spec-map.md'

const HEADINGS: { readonly [kind in SpecKind]: string } = {
  endpoint: 'Endpoints',
  channel: 'Live channels',
  field: 'Fields of requests and responses',
  table: 'Tables',
  column: 'Columns',
  queue: 'Queues',
  exchange: 'Exchanges',
  message: 'Messages',
  setting: 'Settings',
  job: 'Jobs of every tenant',
  page: 'Pages',
  component: 'Parts of the dashboard',
}

const INTRODUCTION = `# Where each name of the requirements is

The product was asked for in five documents, 000 to 004, about an older service in several stages of its life. This table
says of every name in them what it is called here, or why there is no such thing. It is written by \`npm run spec-map\`; a
[test](../examples/host/src/spec-map/spec-map.test.ts) finds each thing in the running system.
`

/** The document, from the names. */
export function renderSpecMap(names: readonly SpecName[]): string {
  const sections = SPEC_KINDS.map((kind) => {
    const rows = names.filter((name) => name.kind === kind).map(row)
    return [`## ${HEADINGS[kind]}`, '', '| there | here | line |', '|---|---|---|', ...rows, ''].join('\n')
  })
  return [INTRODUCTION, ...sections].join('\n')
}

function row(name: SpecName): string {
  const here = 'live' in name ? [`\`${name.live}\``, ...(name.note ? [name.note] : [])].join(' ') : `–: ${name.reason}`
  return `| \`${name.name}\` | ${here} | ${name.at} |`
}
