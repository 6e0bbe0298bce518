const SECRET_PARAMETER = /token|key|secret|pass|pwd|auth|sig|jwt|code|session/i
const SECRET_HEADER = /authorization|cookie|token|key|secret|session/i
const SHORTEST_SECRET = 4

/** Whether the value of a header must not be told to others: to people in messages, to other hosts after a redirect. */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name)
}

/**
 * Makes a function that hides what a request must keep secret from a text about it: credentials in URLs, values of query
 * parameters and of headers whose names sound like secrets.
 */
export function secretHider(url: URL, headers: Headers): (text: string) => string {
  const secrets = new Set<string>()
  for (const [name, value] of url.searchParams) {
    if (SECRET_PARAMETER.test(name)) secrets.add(value).add(encodeURIComponent(value))
  }
  for (const [name, value] of headers) {
    // "Bearer abc": the credential is a secret also without its scheme.
    if (isSecretHeader(name)) secrets.add(value).add(value.slice(value.indexOf(' ') + 1))
  }
  const hidden = [...secrets].filter((secret) => secret.length >= SHORTEST_SECRET)
  hidden.sort((left, right) => right.length - left.length)
  return (text) => {
    const withoutUserInfo = text.replace(/\/\/[^/@\s]+@/g, '//[hidden]@')
    return hidden.reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), withoutUserInfo)
  }
}
