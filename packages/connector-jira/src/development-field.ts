/**
 * The "Development" custom field of an issue, which tells whether its development panel shows anything. Its id differs
 * between sites, its value does not: the Java text of a map with JSON inside, `{}` when the panel is empty.
 *
 * ```
 * {pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={"cachedValue":{"errors":[],"summary":{…}}}}
 * ```
 */
const DEVELOPMENT = /^\{.*(?:[jJ]son=\{"cachedValue"|dataType=)/s

/** Whether any field of the issue says that there is something to read in its development panel. */
export function hasDevelopment({ fields }: { readonly fields?: unknown }): boolean {
  if (typeof fields !== 'object' || fields === null) return false
  // Not by Object.entries: issues have hundreds of fields, and pairs of them would cost more than looking at them.
  for (const id in fields) {
    const value = (fields as { readonly [id: string]: unknown })[id]
    if (
      typeof value === 'string' &&
      value.startsWith('{') &&
      id.startsWith('customfield_') &&
      DEVELOPMENT.test(value)
    ) {
      return true
    }
  }
  return false
}
