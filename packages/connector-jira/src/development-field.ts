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
  return Object.entries(fields).some(
    ([id, value]) => id.startsWith('customfield_') && typeof value === 'string' && DEVELOPMENT.test(value),
  )
}
