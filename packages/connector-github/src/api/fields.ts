import { z } from 'zod'

/** A property that we use when it is there and as we know it, and do without otherwise: null. */
export function lenient<Schema extends z.ZodType>(schema: Schema): z.ZodCatch<z.ZodNullable<Schema>> {
  return schema.nullable().catch(null)
}

export const text = lenient(z.string())
export const whole = lenient(z.int())
export const flag = lenient(z.boolean())

/** A time without which a record cannot be used. */
export const requiredTime = z.iso.datetime({ offset: true }).transform((value) => new Date(value))
export const optionalTime = lenient(requiredTime)

/** Larger than a number can hold. */
export const bigInteger = z.union([z.string(), z.int(), z.bigint()]).transform(String)

export const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() })

/** A list is taken whole or not at all: an answer that lacks it is not complete. GitHub's nodes may be null. */
export function connection<Node extends z.ZodType>(node: Node) {
  return z.object({
    pageInfo,
    nodes: z.array(node.nullable()).transform((nodes) => nodes.filter((each) => each !== null)),
  })
}

export type PageInfo = z.output<typeof pageInfo>
