import { z } from 'zod'
import { jiraTime } from '../jira-time.ts'

/** A property that we use when it is there and as we know it, and do without otherwise: null. */
export function lenient<Schema extends z.ZodType>(schema: Schema): z.ZodCatch<z.ZodNullable<Schema>> {
  return schema.nullable().catch(null)
}

export const text = lenient(z.string())

/** An id, which some answers give as a text and others as a number. */
export const id = z.union([z.string(), z.number()]).transform(String)

const identified = z.looseObject({ id })

/** What tells an entry of a list from the others: its id, or else all that it says. */
export function identityOf(entry: unknown): string {
  const found = identified.safeParse(entry)
  return found.success ? found.data.id : JSON.stringify(entry)
}

/** A time in any of the forms that Jira uses, or null. */
export const optionalTime = z.unknown().optional().transform(jiraTime)

/** A time without which a record cannot be used. */
export const requiredTime = z
  .unknown()
  .optional()
  .transform((value, ctx) => {
    const time = jiraTime(value)
    if (time) return time
    ctx.addIssue({ code: 'custom', message: 'Expected a time', input: value })
    return z.NEVER
  })

/** `{ id, name }`: what priorities, resolutions, components and versions have in common. */
export const named = z.object({ id: text, name: text })

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/ */
export const person = z
  .object({ accountId: text, key: text, name: text, displayName: text })
  // Data Center has no account ids; a user's key stays the same when the name changes.
  .transform((user) => ({ ...user, accountId: user.accountId ?? user.key ?? user.name }))
