import { createHash } from 'node:crypto'

const MODULUS = 1n << 128n

/**
 * A checksum of facts that does not depend on their order: the sum of the SHA-256 of each, as canonical JSON. Compute
 * it over rows of a database that were given the same shape, and compare.
 */
export const checksumOf = (facts: Iterable<unknown>): string => {
  let sum = 0n
  for (const fact of facts) {
    const digest = createHash('sha256').update(canonical(fact)).digest('hex')
    sum = (sum + BigInt(`0x${digest.slice(0, 32)}`)) % MODULUS
  }
  return sum.toString(16).padStart(32, '0')
}

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}
