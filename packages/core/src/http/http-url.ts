import { MillraceError } from '../errors/millrace-error.ts'
import { resolveHost } from '../system/resolve-host.ts'
import { isPrivateHost } from './private-network.ts'

export interface UrlRules {
  readonly allowPrivateNetworks: boolean
  /** Addresses of a host name; asked only when private networks are not allowed. @default those that the system knows */
  readonly resolveHost?: (host: string) => Promise<readonly string[]>
}

/**
 * Parses a URL that is about to be requested, or stored to be requested later; each request checks it again.
 *
 * @throws FORBIDDEN_URL when it is not absolute, not http or https, carries credentials, or leads into a private network
 *   that the rules do not allow. The message never repeats the URL's query or credentials.
 */
export async function allowedUrl(input: string | URL, rules: UrlRules): Promise<URL> {
  const url = parseHttpUrl(input)
  if (rules.allowPrivateNetworks) return url
  const host = url.hostname
  const addresses = isPrivateHost(host) ? [host] : await (rules.resolveHost ?? resolveHost)(host)
  if (!addresses.some(isPrivateHost)) return url
  throw refuse(host, 'it belongs to a private network', 'Allow private networks if the provider lives in one.')
}

/** Parses an absolute http or https URL without credentials. @throws FORBIDDEN_URL */
function parseHttpUrl(input: string | URL): URL {
  const url = URL.parse(String(input))
  if (!url) throw refuse('a URL', 'it is not an absolute URL', 'Check the base URL of the integration.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`a ${url.protocol} URL`, 'only http and https are allowed', 'Check the base URL of the integration.')
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(
      url.host,
      'the URL carries credentials',
      'Give them in the settings, from where they go into a header.',
    )
  }
  return url
}

function refuse(target: string, reason: string, remedy: string): MillraceError {
  return new MillraceError('FORBIDDEN_URL', { message: `Failed to request ${target}: ${reason}. ${remedy}` })
}
