import { once } from 'node:events'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Site } from './simulated-site.ts'

/**
 * What somebody would write who needs the data once: fetch a page, parse it, COPY what the issues hold and their
 * histories, fetch the next. No raw records, no cursor, no versions, no retries, no second run, nothing that follows from
 * the data. Its tables are unlogged and have no index.
 */
export async function straightLine(source: Site, databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(CREATE_TABLES)
  let issues = 0
  for (const project of await projects(source)) {
    let token: string | undefined
    do {
      const body = {
        jql: `project = ${project} ORDER BY created ASC`,
        fields: ['*all'],
        maxResults: 100,
        nextPageToken: token,
      }
      const page = (await post(source, '/rest/api/3/search/jql', body)) as SearchPage
      token = page.nextPageToken
      issues += page.issues.length
      await copy(client, 'work_items', page.issues.map(issueRow))
      await copy(client, 'comments', page.issues.flatMap(commentRows))
      await copy(client, 'worklogs', page.issues.flatMap(worklogRows))
      await copy(client, 'issue_links', page.issues.flatMap(linkRows))
      await copy(client, 'work_items_sprints', page.issues.flatMap(sprintRows))
      await copyHistories(
        client,
        source,
        page.issues.map(({ id }) => id),
      )
    } while (token)
  }
  await client.end()
  return issues
}

const CREATE_TABLES = `
  CREATE UNLOGGED TABLE work_items (id text, key text, project_id text, wit_id text, status_id text, parent_id text,
    summary text, description text, assignee_id text, assignee_name text, reporter_id text, reporter_name text,
    priority text, resolution text, resolved_at timestamptz, due_date text, labels jsonb, components jsonb,
    fix_versions jsonb, created timestamptz, updated timestamptz, custom_fields jsonb);
  CREATE UNLOGGED TABLE changelog_items (issue_id text, history_id text, item_index int, author_id text, created timestamptz,
    field text, field_id text, from_value text, from_string text, to_value text, to_string text);
  CREATE UNLOGGED TABLE comments (issue_id text, id text, body text, author_id text, author_name text, created timestamptz,
    updated timestamptz);
  CREATE UNLOGGED TABLE worklogs (issue_id text, id text, comment text, author_id text, author_name text,
    started timestamptz, seconds int, created timestamptz, updated timestamptz);
  CREATE UNLOGGED TABLE issue_links (issue_id text, id text, type text, other_id text, other_key text, direction text);
  CREATE UNLOGGED TABLE work_items_sprints (issue_id text, sprint_id text, name text, state text)`

type Fields = { readonly [field: string]: unknown }
type Row = readonly unknown[]
interface Issue {
  readonly id: string
  readonly key: string
  readonly fields: Fields
}
interface SearchPage {
  readonly issues: readonly Issue[]
  readonly nextPageToken?: string
}
interface ChangelogPage {
  readonly issueChangeLogs: readonly {
    readonly issueId: string
    readonly changeHistories: readonly {
      readonly id: string
      readonly author?: { readonly accountId?: string }
      readonly created: number
      readonly items: readonly { readonly [field: string]: unknown }[]
    }[]
  }[]
  readonly nextPageToken?: string
}

async function projects(source: Site): Promise<readonly string[]> {
  const ids: string[] = []
  for (let startAt = 0; ; startAt += 100) {
    const response = await fetch(`${source.url}/rest/api/3/project/search?maxResults=100&startAt=${startAt}`, {
      headers: { authorization: authorization(source) },
    })
    const page = (await response.json()) as { values: readonly { id: string }[]; isLast: boolean }
    ids.push(...page.values.map(({ id }) => id))
    if (page.isLast) return ids
  }
}

function member(value: unknown, name: string): unknown {
  return (value as Fields | null | undefined)?.[name]
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value : []
}

function issueRow({ id, key, fields }: Issue): Row {
  const at = (field: string, name: string): unknown => member(fields[field], name)
  const custom = Object.entries(fields).filter(([field, value]) => field.startsWith('customfield_') && value !== null)
  return [
    id,
    key,
    at('project', 'id'),
    at('issuetype', 'id'),
    at('status', 'id'),
    at('parent', 'id'),
    fields.summary,
    JSON.stringify(fields.description ?? null),
    at('assignee', 'accountId'),
    at('assignee', 'displayName'),
    at('reporter', 'accountId'),
    at('reporter', 'displayName'),
    at('priority', 'name'),
    at('resolution', 'name'),
    fields.resolutiondate,
    fields.duedate,
    JSON.stringify(fields.labels ?? []),
    JSON.stringify(fields.components ?? []),
    JSON.stringify(fields.fixVersions ?? []),
    fields.created,
    fields.updated,
    JSON.stringify(Object.fromEntries(custom)),
  ]
}

function commentRows({ id, fields }: Issue): readonly Row[] {
  return list(member(fields.comment, 'comments')).map((it) => [
    id,
    it.id,
    JSON.stringify(it.body ?? null),
    member(it.author, 'accountId'),
    member(it.author, 'displayName'),
    it.created,
    it.updated,
  ])
}

function worklogRows({ id, fields }: Issue): readonly Row[] {
  return list(member(fields.worklog, 'worklogs')).map((it) => [
    id,
    it.id,
    JSON.stringify(it.comment ?? null),
    member(it.author, 'accountId'),
    member(it.author, 'displayName'),
    it.started,
    it.timeSpentSeconds,
    it.created,
    it.updated,
  ])
}

function linkRows({ id, fields }: Issue): readonly Row[] {
  return list(fields.issuelinks).map((it) => {
    const other = it.outwardIssue ?? it.inwardIssue
    const direction = it.outwardIssue ? 'outward' : 'inward'
    return [id, it.id, member(it.type, 'name'), member(other, 'id'), member(other, 'key'), direction]
  })
}

function sprintRows({ id, fields }: Issue): readonly Row[] {
  return list(fields.customfield_10020).map((it) => [id, it.id, it.name, it.state])
}

async function copyHistories(client: pg.Client, source: Site, issueIdsOrKeys: readonly string[]): Promise<void> {
  let token: string | undefined
  do {
    const body = { issueIdsOrKeys, maxResults: 10_000, nextPageToken: token }
    const page = (await post(source, '/rest/api/3/changelog/bulkfetch', body)) as ChangelogPage
    token = page.nextPageToken
    const rows = page.issueChangeLogs.flatMap(({ issueId, changeHistories }) =>
      changeHistories.flatMap(({ id, author, created, items }) =>
        items.map((item, index) => [
          issueId,
          id,
          index,
          author?.accountId,
          new Date(created).toISOString(),
          item.field,
          item.fieldId,
          item.from,
          item.fromString,
          item.to,
          Object.hasOwn(item, 'toString') ? item.toString : null,
        ]),
      ),
    )
    await copy(client, 'changelog_items', rows)
  } while (token)
}

async function copy(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const stream = client.query(copyFrom(`COPY ${table} FROM STDIN`))
  stream.end(rows.map((row) => `${row.map(copyText).join('\t')}\n`).join(''))
  await once(stream, 'finish')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL's text cannot hold NUL, in JSON neither.
const UNSTORABLE = /\u0000|\\u0000/g
const ESCAPES: { readonly [character: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function copyText(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  return String(value)
    .replace(UNSTORABLE, '')
    .replace(/[\\\t\n\r]/g, (found) => ESCAPES[found] ?? found)
}

async function post(source: Site, path: string, body: object): Promise<unknown> {
  const response = await fetch(source.url + path, {
    method: 'POST',
    headers: { authorization: authorization(source), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

function authorization({ email, token }: Site): string {
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`
}
