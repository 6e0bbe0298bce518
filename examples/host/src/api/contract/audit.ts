import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { bigId, bigIdText, json, line, time } from './scalars.ts'

export const auditEntry = z.object({
  id: bigId,
  happened_at: time,
  actor: z.string(),
  action: z.string(),
  object_type: z.string().nullable(),
  object_id: z.string().nullable(),
  details: json.nullable(),
})
export type AuditEntry = z.output<typeof auditEntry>

export const auditRoutes = defineRoutes({
  listAuditLog: {
    method: 'GET',
    path: '/app/etl/audit-log',
    summary: 'List what people changed, the newest first',
    tag: 'users',
    role: 'admin',
    query: z.strictObject({
      action: line(100).optional(),
      limit: z.coerce.number<number>().int().min(1).max(500).default(100),
      before: bigIdText.optional(),
    }),
    response: z.array(auditEntry),
  },
})
