import { z } from 'zod'

/** A property that we use when it is there and as we know it, and do without otherwise: null. */
export function lenient<Schema extends z.ZodType>(schema: Schema): z.ZodCatch<z.ZodNullable<Schema>> {
  return schema.nullable().catch(null)
}

export const text = lenient(z.string())
export const whole = lenient(z.int())
export const flag = lenient(z.boolean())
export const optionalTime = lenient(z.coerce.date())

/** A time without which a record cannot be used. */
export const requiredTime = z.iso.datetime({ offset: true }).transform((value) => new Date(value))

/** Null stands for an account that was deleted; bots and imported authors are no users. */
export const actor = lenient(z.looseObject({ __typename: z.string(), login: z.string(), id: text }))

export const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() })

/** A list is taken whole or not at all: an answer that lacks it is not complete. GitHub's nodes may be null. */
export function connection<Node extends z.ZodType>(node: Node) {
  return z.looseObject({
    pageInfo,
    nodes: z.array(node.nullable()).transform((nodes) => nodes.filter((each) => each !== null)),
  })
}

export const rateLimit = z.looseObject({ cost: z.int(), remaining: z.int(), resetAt: requiredTime })

export type Actor = z.output<typeof actor>
export type PageInfo = z.output<typeof pageInfo>
export type RateLimit = z.output<typeof rateLimit>
