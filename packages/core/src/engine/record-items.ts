import type { AnyStep } from '../contracts/step.ts'

/** Positions of a record's items; undefined when the step has none, or there are none. */
export function itemIndexes(step: AnyStep, bodies: readonly unknown[]): readonly number[] | undefined {
  if (step.items === undefined) return undefined
  const name = step.items
  const longest = Math.max(0, ...bodies.map((body) => itemsOf(body, name)?.length ?? 0))
  return longest === 0 ? undefined : Array.from({ length: longest }, (_, index) => index)
}

/** The body with only these of its items. */
export function withItems(body: unknown, name: string, items: readonly number[]): unknown {
  const all = itemsOf(body, name)
  if (!all) return body
  return { ...(body as object), [name]: items.flatMap((index) => (index < all.length ? [all[index]] : [])) }
}

function itemsOf(body: unknown, name: string): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value = (body as { readonly [key: string]: unknown })[name]
  return Array.isArray(value) ? value : undefined
}
