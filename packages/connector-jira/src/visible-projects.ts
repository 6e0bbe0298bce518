import { type Context, MillraceError } from '@millrace/core'
import { z } from 'zod'
import type { ProjectPage } from './api/project-api.ts'
import { projects } from './entities/projects.ts'
import { type JiraClient, jiraClient, type ProjectSearch } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { unlessGone } from './optional-api.ts'
import { rowId } from './row-id.ts'
import type { JiraAnswer } from './send-jira-request.ts'

/** Where in the list of projects to go on. */
export const projectCursor = z.object({
  /** Index of the group of keys that is being read; 0 when all projects are. */
  group: z.int(),
  start_at: z.int(),
})

export type ProjectCursor = z.output<typeof projectCursor>

export interface ProjectsRead {
  readonly projects: ProjectPage['values']
  readonly bodies: readonly Uint8Array[]
  readonly next: ProjectCursor | null
}

/** Jira takes no more keys, and gives no more projects, at a time. */
const KEYS_PER_GROUP = 50
const PROJECTS_PER_PAGE = 100

/** The projects that the account may browse, as far as the settings ask for them, page by page. */
export async function* visibleProjects(
  ctx: Context<JiraConfig>,
  status: ProjectSearch['status'],
  from: ProjectCursor = { group: 0, start_at: 0 },
): AsyncGenerator<ProjectsRead, void, undefined> {
  const client: JiraClient = jiraClient(ctx)
  const { projects: wanted, deployment } = ctx.config
  // Data Center gives a single project or all.
  const groups = groupsOf(wanted, deployment === 'cloud' ? KEYS_PER_GROUP : 1)
  const unseen = new Set(wanted)
  /** Settings may name one project twice: by its key, by one of before, or in other letters. It is read once. */
  const known = new Set<string>()
  const isNew = ({ id }: { readonly id: string }): boolean => known.size < known.add(id).size
  for (let at: ProjectCursor | null = from; at !== null; ) {
    const keys: readonly string[] = groups[at.group] ?? []
    const page = await client.projects({ startAt: at.start_at, maxResults: PROJECTS_PER_PAGE, status, keys })
    for (const { key } of page.body.values) unseen.delete(key)
    // Data Center asks for each by its key anyway, the former ones included.
    const isOver = page.body.isLast && deployment === 'cloud'
    const missing = isOver ? keys.filter((key) => unseen.has(key)) : []
    const listed = page.body.values.filter(isNew)
    const renamed = (await underFormerKeys(client, status, missing)).filter(({ body }) => body.values.some(isNew))
    at = following(at, page.body, groups.length)
    const projects = [...listed, ...renamed.flatMap(({ body }) => body.values)]
    yield { projects, bodies: [page, ...renamed].map(({ bytes }) => bytes), next: at }
  }
}

/**
 * A list that is asked for by keys compares the present ones. A project that was renamed since the settings were written is
 * found one by one: there, Jira knows its former keys as well. A key that leads nowhere costs a request each time.
 */
async function underFormerKeys(
  client: JiraClient,
  status: ProjectSearch['status'],
  keys: readonly string[],
): Promise<readonly JiraAnswer<ProjectPage>[]> {
  const answers: JiraAnswer<ProjectPage>[] = []
  for (const id of await idsUnder(client, status, keys)) {
    // Whoever administers a project is given it so, also when its issues are closed to them: only the list tells who may browse.
    const listed = await client.projects({ startAt: 0, maxResults: 1, status, ids: [id] })
    if (listed.body.values.length > 0) answers.push(listed)
  }
  return answers
}

/** The ids of the projects that have these keys, or had them before. */
async function idsUnder(
  client: JiraClient,
  status: ProjectSearch['status'],
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const missing = new Set<string>()
  for (const key of keys) {
    const [found] = (await unlessGone(client.project(key)))?.body.values ?? []
    if (found) ids.add(found.id)
    else missing.add(key.toUpperCase())
  }
  const closed = status.filter((each) => each !== 'live')
  if (missing.size === 0 || closed.length === 0) return ids
  // What is in the trash is not given by itself, and is missed under its former key until it is listed.
  for (let at: ProjectCursor | null = { group: 0, start_at: 0 }; at !== null; ) {
    const page = await client.projects({ startAt: at.start_at, maxResults: PROJECTS_PER_PAGE, status: closed })
    for (const { id, projectKeys } of page.body.values) if (projectKeys?.some((key) => missing.has(key))) ids.add(id)
    at = following(at, page.body, 1)
  }
  return ids
}

/** UUIDs of the projects that the account may browse now, as rows of issues refer to them. */
export async function projectRowsInSight(ctx: Context<JiraConfig>): Promise<ReadonlySet<unknown>> {
  const rows = new Set<string>()
  for await (const found of visibleProjects(ctx, ['live'])) {
    for (const { id } of found.projects) rows.add(rowId(ctx, projects, id))
  }
  return rows
}

/** Pages may hold fewer projects than were asked for: what counts is where the last one ended. */
function following(at: ProjectCursor, page: ProjectPage, groups: number): ProjectCursor | null {
  if (page.isLast) return at.group + 1 < groups ? { group: at.group + 1, start_at: 0 } : null
  if (page.values.length > 0) return { group: at.group, start_at: at.start_at + page.values.length }
  throw new MillraceError('CURSOR_LOOP', {
    message:
      `Failed to list the projects: the page at ${at.start_at} of ${page.total} is empty but not the last. ` +
      'It is asked for again; report it to Atlassian if it stays so.',
    context: { startAt: at.start_at, total: page.total },
  })
}

function groupsOf(keys: readonly string[], size: number): readonly (readonly string[])[] {
  if (keys.length === 0) return [[]]
  const groups = Math.ceil(keys.length / size)
  return Array.from({ length: groups }, (_, group) => keys.slice(group * size, (group + 1) * size))
}
