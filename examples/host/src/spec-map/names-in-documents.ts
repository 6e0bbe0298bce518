import type { SpecKind } from './spec-name.ts'

interface FoundName {
  readonly kind: SpecKind
  readonly name: string
}

/** One document says `{id}` where the others say `{job_id}`. */
function ofOneName([method, path = '']: readonly string[]): string {
  return `${method} ${path.replace('/jobs/{id}', '/jobs/{job_id}')}`
}

/** What names look like in a line, wherever it stands. The groups of a match, put together, are the name. */
const IN_LINES: readonly (readonly [SpecKind, RegExp, (groups: readonly string[]) => string])[] = [
  ['endpoint', /\b(GET|POST|PUT|DELETE) `(\/[\w/{}-]+)`/g, ofOneName],
  ['endpoint', /`(GET|POST|PUT|DELETE) (\/[\w/{}-]+)`/g, ofOneName],
  ['endpoint', /@router\.(\w+)\("([^"]+)"/g, ([method, path]) => `${method?.toUpperCase()} ${path}`],
  ['endpoint', /curl -X (\w+) "?http:\/\/[^/]+(\/[\w/-]+)/g, ([method, path]) => `${method} ${path}`],
  [
    'endpoint',
    /api\.(get|post)\(['`](\/api[\w/-]*\w)(?=['?])/g,
    ([method, path]) => `${method?.toUpperCase()} ${path}`,
  ],
  ['endpoint', /\(`(\/app\/etl\/\w+\/)`\)/g, ([path]) => String(path)],
  ['channel', /`(\/ws\/[^`]+)`/g, ([path]) => String(path)],
  ['page', /Page\*\* \(`(\/\w*)`\)|^- ✅ \*\*[\w ]+\*\* \(`(\/\w*)`\)/g, ([a, b]) => String(a ?? b)],
  ['component', /^- ✅ \*\*(\w*(?:Modal|Card|Logo|Header|Sidebar|Container))\*\*/g, ([name]) => String(name)],
  ['queue', /`(\w+_queue_\{tier\})`|"name": "(etl\.\w+)"|queue='(etl\.\w+)'/g, (groups) => groups.join('')],
  ['exchange', /exchange='(etl\.\w+)'|"x-dead-letter-exchange": "([^"]+)"/g, (groups) => groups.join('')],
  ['column', /^\| `(\w+)` \|/g, ([name]) => `work_items.${name}`],
  ['column', /ALTER TABLE (\w+) ADD COLUMN IF NOT EXISTS (\w+)/g, ([table, column]) => `${table}.${column}`],
  [
    'column',
    /"(project_id|extraction_type|raw_payload|extracted_at|payload_size)": /g,
    ([name]) => `raw record.${name}`,
  ],
  [
    'column',
    /'((?:work_item|from_status|to_status)_id|(?:transition|time_in_status)_\w+)': [a-z]/g,
    ([name]) => `changelogs.${name}`,
  ],
  ['column', /^- +`((?:execution|last|repo|current)_\w+)` (?:-|→) /g, ([name]) => `etl_jobs.${name}`],
  ['field', /: request\.(\w+)/g, ([name]) => `ETLPipelineRequest.${name}`],
  ['field', /"(\w+)": await self\.get_/g, ([name]) => `Queue health.${name}`],
  ['field', /"(\w+)": metrics\["/g, ([name]) => `Job metrics.${name}`],
  ['message', /"(order|display_name)": /g, ([name]) => `Job status.steps.*.${name}`],
  ['job', /^\| (?:~~)?\*\*(\w[\w ]*)\*\*/g, ([name]) => String(name)],
  ['setting', /^- `((?:orchestrator|jira_sync|github_sync|max_concurrent)_\w+)`$/g, ([name]) => String(name)],
  ['table', /^#### \*\*([a-z]+_\w+)\*\*$/g, ([name]) => String(name)],
]

/** Every name in a document, by what names look like in it: a list to compare ours with, not one to trust alone. */
export function namesInDocument(text: string): readonly FoundName[] {
  const found = new Map<string, FoundName>()
  const add = (kind: SpecKind, name: string): void => void found.set(`${kind} ${name}`, { kind, name })
  const lines = text.split('\n')
  for (const line of lines) {
    for (const [kind, pattern, nameOf] of IN_LINES) {
      for (const [, ...groups] of line.matchAll(pattern)) add(kind, nameOf(groups))
    }
  }
  for (const { kind, name } of [...inTables(lines), ...inSchemas(lines), ...inMessages(lines)]) add(kind, name)
  return [...found.values()]
}

function inTables(lines: readonly string[]): readonly FoundName[] {
  let table: string | undefined
  return lines.flatMap((line): FoundName[] => {
    const [, opened] = /CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(/.exec(line) ?? []
    if (opened) {
      table = opened
      return [{ kind: 'table', name: opened }]
    }
    if (/^\s*\);/.test(line)) table = undefined
    const [, column] = /^\s+([a-z]\w*) (?:SERIAL|VARCHAR|INTEGER|TIMESTAMP|TEXT|JSONB|BOOLEAN)/.exec(line) ?? []
    return table && column ? [{ kind: 'column', name: `${table}.${column}` }] : []
  })
}

function inSchemas(lines: readonly string[]): readonly FoundName[] {
  let schema: string | undefined
  return lines.flatMap((line): FoundName[] => {
    const [, opened] = /^class (\w+)\(BaseModel/.exec(line) ?? []
    const [, field] = /^ {4}(\w+): /.exec(line) ?? []
    if (opened || !field) schema = opened
    return schema && field ? [{ kind: 'field', name: `${schema}.${field}` }] : []
  })
}

/** Examples in JSON, named by the heading above them; steps are all alike. */
function inMessages(lines: readonly string[]): readonly FoundName[] {
  let heading = ''
  let path: string[] | undefined
  return lines.flatMap((line): FoundName[] => {
    if (line.startsWith('```')) {
      path = line === '```json' ? [] : undefined
      return []
    }
    if (!path) {
      const [, title, bold] = /^#+ (.*)|^\*\*([^*]+):\*\*/.exec(line) ?? []
      heading = (title ?? bold)?.trim() ?? heading
      return []
    }
    const [, key, value = ''] = /^\s*"(\w+)": (.*)/.exec(line) ?? []
    if (key === undefined) {
      if (/^\s*\},?$/.test(line)) path.pop()
      return []
    }
    const steps = path.indexOf('steps')
    const isStep = steps >= 0 && path.length === steps + 1
    const place = steps < 0 ? [...path] : ['steps', '*']
    if (value.trim().endsWith('{')) path.push(key)
    return isStep ? [] : [{ kind: 'message', name: [heading, ...place, key].join('.') }]
  })
}
