import { defineEntity, type StoredRow } from '@millrace/core'
import { z } from 'zod'

export const projects = defineEntity({
  name: 'projects',
  key: 'id',
  indexes: ['key'],
  columns: z.object({
    id: z.string(),
    key: z.string(),
    /** Keys that it had before, sorted. Jira finds it, and its issues, by them still. */
    former_keys: z.array(z.string()),
    name: z.string(),
    description: z.string().nullable(),
    /** software, business, service_desk, product_discovery, … */
    project_type: z.string().nullable(),
    /** classic (company-managed) or next-gen (team-managed). */
    style: z.string().nullable(),
    simplified: z.boolean(),
    is_private: z.boolean(),
    archived: z.boolean(),
    /** A project that is none of these is out of sight: the account may no longer browse it. */
    state: z.enum(['live', 'archived', 'deleted']),
    category: z.string().nullable(),
    lead_account_id: z.string().nullable(),
    lead_name: z.string().nullable(),
  }),
})

/** The former keys of a stored project; none of one that is not stored, or was when they were not. */
export function storedFormerKeys(project: StoredRow | undefined): readonly string[] {
  return Array.isArray(project?.former_keys) ? project.former_keys.map(String) : []
}
