import type { Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { createFieldsPage } from '../api/field-api.ts'
import { customFields } from '../entities/custom-fields.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapProjectFields } from '../map-fields.ts'
import type { JiraAnswer } from '../send-jira-request.ts'
import { visibleProjects } from '../visible-projects.ts'

const unit = z.object({ project_id: z.string(), project_key: z.string() })

/** Jira's answers do not say which type they are about, so a body of our own in front of them does. */
const subject = z.strictObject({
  discovered_at: z.iso.datetime(),
  /** Of each answer that follows: the type that it is about. */
  wit_ids: z.array(z.string()),
})

/**
 * Which custom fields the issues of each project can have: one request per issue type and one more, when people ask for it.
 * Needs the permission to create issues in the project; without it Jira lists nothing.
 */
export function customFieldsStep(
  step: DefineStep<JiraConfig>,
  fieldsStep: Step<string, never>,
): Step<'jira_custom_fields', z.input<typeof unit>> {
  return step({
    name: 'jira_custom_fields',
    displayName: 'Custom Fields',
    modes: ['custom_fields'],
    after: [fieldsStep],
    reads: [customFields],
    unit,
    unitKey: ({ project_id }) => project_id,
    body: z.union([subject, createFieldsPage]),
    async *units(ctx) {
      for await (const { projects } of visibleProjects(ctx, ['live'])) {
        for (const { id, key } of projects) yield { project_id: id, project_key: key }
      }
    },
    async *extract({ unit: { project_id } }, ctx) {
      const client = jiraClient(ctx)
      const types = await pagesOf(
        ctx,
        (startAt) => client.createTypes({ projectId: project_id, startAt }),
        ({ types }) => types,
      )
      const bodies: Uint8Array[] = []
      const wit_ids: string[] = []
      for (const { id: typeId } of types.flatMap(({ body }) => body.types)) {
        const read = (startAt: number) => client.createFields({ projectId: project_id, typeId, startAt })
        for (const page of await pagesOf(ctx, read, ({ fields }) => fields)) {
          bodies.push(page.bytes)
          wit_ids.push(typeId)
        }
      }
      const about: z.input<typeof subject> = { discovered_at: new Date(ctx.clock.now()).toISOString(), wit_ids }
      yield { bodies: [JSON.stringify(about), ...bodies], next: null }
    },
    *transform({ unit: { project_id, project_key }, bodies: [about, ...pages] }, lookup) {
      const { discovered_at, wit_ids } = subject.parse(about)
      const types = pages.map((page, index) => {
        return { typeId: wit_ids[index] ?? '', fields: createFieldsPage.parse(page).fields }
      })
      const found = { projectId: project_id, projectKey: project_key, at: new Date(discovered_at) }
      yield* mapProjectFields(found, types, lookup)
    },
  })
}

/** Reads a list to its end against its total; an empty page ends it as well, since a type may vanish meanwhile. */
async function pagesOf<Body extends { readonly total: number }>(
  { signal }: Context<JiraConfig>,
  read: (startAt: number) => Promise<JiraAnswer<Body>>,
  entriesOf: (body: Body) => readonly unknown[],
): Promise<readonly JiraAnswer<Body>[]> {
  const pages: JiraAnswer<Body>[] = []
  for (let startAt = 0; ; ) {
    signal.throwIfAborted()
    const page = await read(startAt)
    pages.push(page)
    const entries = entriesOf(page.body).length
    startAt += entries
    if (entries === 0 || startAt >= page.body.total) return pages
  }
}
