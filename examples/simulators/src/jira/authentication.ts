import type { Answer } from './answer.ts'
import type { Caller } from './routes/route.ts'

export interface Credentials {
  readonly email: string
  readonly token: string
}

/** Which way a request came in: at the site's own address, through the API gateway at /ex/jira/{cloudId}, or at a Data Center. */
export type Door = 'site' | 'gateway' | 'data-center'

export interface Identified {
  readonly caller: Caller
  readonly headers: Readonly<Record<string, string>>
  /** The request goes no further than this. */
  readonly refused: Answer | undefined
}

const FAILED_LOGIN = { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' } as const

/** Somebody whose Basic credentials are wrong: served as nobody, with 200; only a header tells. */
export const FAILED_BASIC: Identified = { caller: 'anonymous', headers: FAILED_LOGIN, refused: undefined }

const USER: Identified = { caller: 'user', headers: {}, refused: undefined }
const NOBODY: Identified = { caller: 'anonymous', headers: {}, refused: undefined }

const refused = (status: number, body: object): Identified => ({
  caller: 'anonymous',
  headers: {},
  refused: { status, body: JSON.stringify(body) },
})

/**
 * Who sends a request. Basic works at every door; a bearer token at a Data Center, and at the gateway, and there not for the
 * undocumented dev-status endpoints, whose scope no token has.
 */
export const identify = (
  authorization: string | undefined,
  door: Door,
  path: string,
  { email, token }: Credentials,
): Identified => {
  if (authorization === undefined) return NOBODY
  const [scheme = '', credential = ''] = authorization.split(' ')
  // A personal access token; what is wrong is refused at once.
  if (door === 'data-center') {
    const given = scheme.toLowerCase() === 'basic' ? Buffer.from(credential, 'base64').toString('utf8') : ''
    const known = given === `${email}:${token}` || (scheme.toLowerCase() === 'bearer' && credential === token)
    return known
      ? USER
      : refused(401, { message: 'Client must be authenticated to access this resource.', 'status-code': 401 })
  }
  if (scheme.toLowerCase() === 'basic') {
    const given = Buffer.from(credential, 'base64').toString('utf8')
    if (given === `${email}:${token}`) return USER
    return door === 'site' ? FAILED_BASIC : refused(401, { code: 401, message: 'Unauthorized' })
  }
  if (door === 'site') return refused(403, { error: 'Failed to parse Connect Session Auth Token' })
  if (scheme.toLowerCase() !== 'bearer' || credential !== token)
    return refused(401, { code: 401, message: 'Unauthorized' })
  if (path.startsWith('/rest/dev-status/'))
    return refused(401, { code: 401, message: 'Unauthorized; scope does not match' })
  return USER
}
