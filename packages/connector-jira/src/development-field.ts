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
  for (const [id, value] of Object.entries(fields)) {
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
