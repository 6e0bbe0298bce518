import { createVerify } from 'node:crypto'
import { z } from 'zod'
import { hex } from '../random.ts'
import type { GithubOptions } from './github-options.ts'

interface Shown {
  readonly limit: number
  readonly remaining: number
  readonly used: number
  readonly cost: number
  readonly nodeCount: number
  /** ISO time. */
  readonly resetAt: string
}

/** Points of one credential in its present window. */
export interface Budget {
  readonly spend: (points: number) => boolean
  readonly used: () => number
  /** As `rateLimit` shows it. */
  readonly show: (cost: number, nodeCount: number) => Shown
  readonly headers: () => Readonly<Record<string, string>>
}

export interface Credential {
  readonly login: string
  readonly kind: 'user' | 'installation'
  readonly budget: Budget
}

export interface Credentials {
  /** Undefined for a token that is not, or no longer, good. Each call is a request. */
  readonly identify: (authorization: string | undefined) => Credential | undefined
  /** Gives out an installation token for a JWT of the App. */
  readonly issue: (
    authorization: string | undefined,
    installationId: string,
  ) => { readonly token: string; readonly expiresAt: number } | 'bad-jwt' | 'no-installation'
  readonly expireAll: () => void
  /** Points spent by each token since the start. */
  readonly points: () => Readonly<Record<string, number>>
}

const TOKEN_LIFE_MS = 3_600_000
/** How far ahead the `exp` of a JWT may lie, with some patience. */
const MAX_JWT_LIFE_SECONDS = 660

const claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() })

/** @param now the site's time, by which tokens end and windows of budgets pass */
export const createCredentials = (options: GithubOptions, now: () => number): Credentials => {
  const users = new Map(
    options.tokens.map((token, index): [string, Credential] => [
      token,
      { login: index === 0 ? 'demo' : `demo-${index}`, kind: 'user', budget: createBudget(options.rateLimit, now) },
    ]),
  )
  const installation: Credential = {
    login: 'millrace[bot]',
    kind: 'installation',
    budget: createBudget(options.rateLimit, now),
  }
  const issued = new Map<string, { readonly expiresAt: number; requests: number }>()
  let serial = 0

  return {
    identify: (authorization = '') => {
      const token = tokenIn(authorization)
      const user = users.get(token)
      if (user) return user
      const given = issued.get(token)
      if (!given || given.expiresAt <= now()) return undefined
      given.requests += 1
      return given.requests > (options.app?.requestsPerToken ?? Number.POSITIVE_INFINITY) ? undefined : installation
    },
    issue: (authorization = '', installationId) => {
      const { app } = options
      if (!app || !isSigned(tokenIn(authorization), app)) return 'bad-jwt'
      if (installationId !== String(app.installationId)) return 'no-installation'
      serial += 1
      const token = `ghs_${hex(options.seed, serial, 0x67687331, 36)}`
      const expiresAt = now() + TOKEN_LIFE_MS
      issued.set(token, { expiresAt, requests: 0 })
      return { token, expiresAt }
    },
    expireAll: () => issued.clear(),
    points: () => {
      const spent = [...users].map(([token, { budget }]) => [token, budget.used()] as const)
      return Object.fromEntries([...spent, ['installation', installation.budget.used()]])
    },
  }
}

const tokenIn = (authorization: string): string => /^(?:bearer|token)\s+(\S+)$/i.exec(authorization)?.[1] ?? ''

/** A JWT's times are compared with the machine's clock, as its maker has no other. */
const isSigned = (jwt: string, app: NonNullable<GithubOptions['app']>): boolean => {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  try {
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { readonly alg?: unknown }
    const { iss, iat, exp } = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
    const genuine = createVerify('RSA-SHA256')
      .update(`${header}.${payload}`)
      .verify(app.publicKey, Buffer.from(signature, 'base64url'))
    const seconds = Date.now() / 1000
    const inTime = iat <= seconds + 60 && exp > seconds && exp - iat <= MAX_JWT_LIFE_SECONDS
    return alg === 'RS256' && genuine && inTime && String(iss) === String(app.id)
  } catch {
    return false
  }
}

const createBudget = ({ points, windowMs }: GithubOptions['rateLimit'], now: () => number): Budget => {
  let began = now()
  let left = points
  let used = 0
  const renew = (): number => {
    const time = now()
    if (time - began >= windowMs) {
      began = time
      left = points
    }
    return Math.max(0, windowMs - (time - began))
  }
  const resetAt = (): number => Math.ceil((now() + renew()) / 1000) * 1000
  return {
    spend: (wanted) => {
      renew()
      if (wanted > left) return false
      left -= wanted
      used += wanted
      return true
    },
    used: () => used,
    show: (cost, nodeCount) => ({
      limit: points,
      remaining: left,
      used: points - left,
      cost,
      nodeCount,
      resetAt: new Date(resetAt()).toISOString().replace('.000Z', 'Z'),
    }),
    headers: () => ({
      'x-ratelimit-limit': String(points),
      'x-ratelimit-remaining': String(left),
      'x-ratelimit-reset': String(resetAt() / 1000),
      'x-ratelimit-resource': 'graphql',
    }),
  }
}
