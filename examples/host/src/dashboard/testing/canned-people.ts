import type { Answers } from './canned-answers.ts'
import { minutesFromNow } from './canned-time.ts'

const PEOPLE = [
  { email: 'ada@example.com', display_name: 'Ada Lovelace', role: 'admin', active: true },
  { email: 'grace@example.com', display_name: 'Grace Hopper', role: 'operator', active: true },
  { email: 'edsger@example.com', display_name: null, role: 'user', active: false },
] as const

const ACTIONS = [
  {
    action: 'requeueDeadLetters',
    object_type: 'dead_letters',
    object_id: null,
    details: { requeued: 2, reason: 'fixed' },
  },
  { action: 'setJobSettings', object_type: 'jobs', object_id: '2', details: { schedule_interval_minutes: 360 } },
  { action: 'updateIntegration', object_type: 'integrations', object_id: '1', details: { credentials: 'hidden' } },
  {
    action: 'createUser',
    object_type: 'users',
    object_id: null,
    details: { email: 'grace@example.com', role: 'operator' },
  },
] as const

/** Who may do what at the canned tenant, and who did. */
export const CANNED_PEOPLE = {
  listUsers: PEOPLE.map((user, index) => ({
    ...user,
    id: index + 1,
    created_at: minutesFromNow(-90_000 + index * 9_000),
    last_updated_at: minutesFromNow(-900),
  })),
  listAuditLog: ACTIONS.map((entry, index) => ({
    ...entry,
    id: 40 - index,
    happened_at: minutesFromNow(-11 - index * 95),
    actor: index === 0 ? 'grace@example.com' : 'ada@example.com',
  })),
} satisfies Answers
