import type { Tx } from '@millrace/sink-postgres'
import { checksumOf, type Truth } from '@millrace-examples/simulators'

/** What a site holds, or what a database holds of it, told in the same words. */
export interface Facts {
  readonly rows: number
  readonly checksum: string
}

/** One table: what the site says should be in it, and what is. */
interface Comparison {
  readonly expected: (truth: Truth) => Iterable<object>
  /** Live rows, with the provider's ids, and times as epoch milliseconds. */
  readonly stored: string
}

const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`
const ISSUE = 'JOIN work_items i ON i.id = t.work_item_id'

/** All projects are listed, deleted ones included; only live ones tell their statuses. */
const listed = (truth: Truth) => [...truth.projects()]

const COMPARISONS: { readonly [table: string]: Comparison } = {
  projects: {
    expected: (truth) => listed(truth).map(({ id, key, name, state }) => ({ id, key, name, state })),
    stored: 'SELECT external_id AS id, key, name, state FROM projects WHERE active',
  },
  wits: {
    expected: (truth) => [...new Set(listed(truth).flatMap(({ typeIds }) => typeIds))].map((id) => ({ id })),
    stored: 'SELECT external_id AS id FROM wits WHERE active',
  },
  projects_wits: {
    expected: (truth) => listed(truth).flatMap(({ id, typeIds }) => typeIds.map((typeId) => ({ id, typeId }))),
    stored: `
      SELECT p.external_id AS id, w.external_id AS "typeId" FROM projects_wits t
        JOIN projects p ON p.id = t.project_id JOIN wits w ON w.id = t.wit_id WHERE t.active`,
  },
  projects_statuses: {
    expected: (truth) =>
      listed(truth)
        .filter(({ state }) => state === 'live')
        .flatMap(({ id, statusIds }) => statusIds.map((statusId) => ({ id, statusId }))),
    stored: `
      SELECT p.external_id AS id, s.external_id AS "statusId" FROM projects_statuses t
        JOIN projects p ON p.id = t.project_id JOIN statuses s ON s.id = t.status_id WHERE t.active`,
  },
  work_items: {
    *expected(truth) {
      for (const issue of truth.issues()) {
        const { id, key, projectId, typeId, statusId, created, updated, resolved } = issue
        const { assigneeId, reporterId, parentId, labels } = issue
        const summary = issue.summary.replaceAll('\0', '')
        const facts = { id, key, projectId, typeId, statusId, summary, created, updated, resolved }
        yield { ...facts, isResolved: issue.resolutionId !== null, assigneeId, reporterId, parentId, labels }
      }
    },
    stored: `
      SELECT t.external_id AS id, t.key, p.external_id AS "projectId", w.external_id AS "typeId",
        s.external_id AS "statusId", t.summary, ${MS('t.created')} AS created, ${MS('t.updated')} AS updated,
        ${MS('t.resolved_at')} AS resolved, t.resolution IS NOT NULL AS "isResolved",
        t.assignee_account_id AS "assigneeId", t.reporter_account_id AS "reporterId",
        parent.external_id AS "parentId", t.labels
      FROM work_items t LEFT JOIN projects p ON p.id = t.project_id LEFT JOIN wits w ON w.id = t.wit_id
        LEFT JOIN statuses s ON s.id = t.status_id LEFT JOIN work_items parent ON parent.id = t.parent_id
      WHERE t.active`,
  },
  work_item_keys: {
    *expected(truth) {
      for (const { id, key } of truth.issues()) yield { id, key }
    },
    stored: `SELECT i.external_id AS id, t.key FROM work_item_keys t ${ISSUE} WHERE t.active AND t.is_current`,
  },
  changelogs: {
    expected: (truth) => truth.transitions(),
    stored: `
      SELECT i.external_id AS "issueId", t.history_id AS "historyId", a.external_id AS "fromStatusId",
        b.external_id AS "toStatusId", ${MS('t.transition_change_date')} AS at
      FROM changelogs t ${ISSUE} LEFT JOIN statuses a ON a.id = t.from_status_id
        LEFT JOIN statuses b ON b.id = t.to_status_id WHERE t.active`,
  },
  changelog_items: {
    expected: (truth) => truth.changelogs(),
    stored: `
      SELECT i.external_id AS "issueId", count(DISTINCT t.history_id) AS histories, count(*) AS items
        FROM changelog_items t ${ISSUE} WHERE t.active GROUP BY i.external_id`,
  },
  work_items_prs: {
    *expected(truth) {
      const seen = new Set<string>()
      for (const { issueId, url, state } of truth.pullRequests()) {
        if (seen.size === seen.add(`${issueId} ${url}`).size) continue
        yield { issueId, url, state }
      }
    },
    stored: `SELECT i.external_id AS "issueId", t.url, t.status AS state FROM work_items_prs t ${ISSUE} WHERE t.active`,
  },
}

export function expectedFacts(truth: Truth): { readonly [table: string]: Facts } {
  return Object.fromEntries(
    Object.entries(COMPARISONS).map(([table, { expected }]) => [table, factsOf([...expected(truth)])]),
  )
}

export async function storedFacts(tx: Tx): Promise<{ readonly [table: string]: Facts }> {
  const found: Record<string, Facts> = {}
  for (const [table, { stored }] of Object.entries(COMPARISONS)) found[table] = factsOf(await tx.query(stored))
  return found
}

function factsOf(facts: readonly object[]): Facts {
  return { rows: facts.length, checksum: checksumOf(facts) }
}
