import { z } from 'zod'

const LARGEST_INTEGER = 2_147_483_647

/** A number that the database gives to tenants, integrations and jobs, in a path or a query. */
export const idText = z.coerce.number<number>().int().min(1).max(LARGEST_INTEGER)
/** A number that the database gives to runs, rows and raw records, in a path or a query. */
export const bigIdText = z.coerce.number<number>().int().min(1).max(Number.MAX_SAFE_INTEGER)
/** The same in a body or an answer. */
export const id = z.int().min(1).max(LARGEST_INTEGER)
export const bigId = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

export const count = z.int().min(0)
/** ISO 8601 in UTC, as `2026-01-31T12:00:00.000Z`. */
export const time = z.iso.datetime()
/** A moment that a client names, with any offset. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
/** PostgreSQL stores no NUL. */
export const line = (longest: number) =>
  z
    .string()
    .max(longest)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$/, 'must not hold control characters')
export const label = line(200).trim().min(1)

/** `true` or `false` in a query. */
export const flagText = z.enum(['true', 'false']).transform((text) => text === 'true')

export const idParams = z.strictObject({ id: idText })
export const bigIdParams = z.strictObject({ id: bigIdText })
export const uuidParams = z.strictObject({ id: z.uuid() })

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Anything that JSON can say. */
export const json: z.ZodType<Json, Json> = z.json() as z.ZodType<Json, Json>
export const jsonObject = z.record(z.string(), json)

/** What an action answers. */
export const done = z.object({ success: z.literal(true), message: z.string() })
