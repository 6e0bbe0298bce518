import { createSign } from 'node:crypto'
import type { Clock } from '@millrace/core'
import { z } from 'zod'

export const installationToken = z.looseObject({ token: z.string(), expires_at: z.coerce.date() })

/** GitHub accepts ten minutes at most; a clock that is ahead of GitHub's must not make it longer. */
const LIFE_SECONDS = 540
const BACKDATE_SECONDS = 60

/**
 * The JWT by which a GitHub App proves itself.
 *
 * Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appJwt(app: { readonly appId: string | number; readonly privateKey: string }, clock: Clock): string {
  const seconds = Math.floor(clock.now() / 1000)
  const claims = { iat: seconds - BACKDATE_SECONDS, exp: seconds + LIFE_SECONDS, iss: String(app.appId) }
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const content = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  // Keys that came through an environment variable have their line breaks written out.
  const key = app.privateKey.replaceAll('\\n', '\n')
  return `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}`
}
