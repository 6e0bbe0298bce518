import { createHash } from 'node:crypto'
import { type Clock, type Context, MillraceError } from '@millrace/core'
import type { RateLimit } from './api/rate-limit.ts'
import { appJwt, installationToken } from './app-token.ts'
import { explanationIn, githubFailure, unauthorized } from './github-failure.ts'
import type { GithubConfig } from './github-options.ts'

/** A credential to send one query with. */
export interface Taken {
  readonly authorization: string
  /** What GitHub said of the budget after the query. Resets are measured against GitHub's own time. */
  settle(rateLimit: RateLimit | undefined, githubNowMs: number): void
  /** GitHub asks to wait so long before this credential is used again. */
  block(delayMs: number): void
  /** The token is not accepted. False when there is nothing to renew. */
  renew(): boolean
}

interface State {
  readonly name: string
  /** Undefined until GitHub has told. */
  remaining: number | undefined
  resetAtMs: number
  blockedUntilMs: number
  inFlight: number
  /** Of an App: the installation token in use, while it is being made too. */
  token: Promise<{ readonly value: string; readonly expiresAtMs: number }> | undefined
}

/**
 * What this process knows about credentials: budgets belong to them, not to the unit that is being read. A process has one
 * clock, by which the times in it are told.
 */
const processes = new WeakMap<Clock, Map<string, State>>()
const MOST_KNOWN = 256
const FULL_BUDGET = 5000
/** Longer waits are not held: the row waits instead. */
const LONGEST_HELD_MS = 15_000
const RENEW_BEFORE_MS = 120_000

/**
 * Takes the credential that has most left for a query of so many points. Short waits are held.
 *
 * @throws RATE_LIMITED with `retryAt` when all of them must wait for longer; UNAUTHORIZED when the App is not accepted
 */
export async function takeCredential(ctx: Context<GithubConfig>, points: number): Promise<Taken> {
  const { clock, signal } = ctx
  const states = statesOf(ctx)
  for (;;) {
    const now = clock.now()
    const free = states.filter((state) => availableAt(state, points, now) <= now)
    const best = free.toSorted((left, right) => pointsLeft(right, now, points) - pointsLeft(left, now, points))[0]
    if (best) return take(ctx, best)
    const soonest = Math.min(...states.map((state) => availableAt(state, points, now)))
    if (soonest - now > LONGEST_HELD_MS) {
      const retryAt = new Date(soonest)
      throw new MillraceError('RATE_LIMITED', {
        message: `Failed to query GitHub: the points of ${states.length === 1 ? 'the credential' : `all ${states.length} credentials`} are used up until ${retryAt.toISOString()}. The work goes on by itself.`,
        retryAt,
        context: { credentials: states.length, points },
      })
    }
    await clock.sleep(soonest - now, signal)
  }
}

async function take(ctx: Context<GithubConfig>, state: State): Promise<Taken> {
  state.inFlight += 1
  let settled = false
  const release = (): void => {
    if (!settled) state.inFlight -= 1
    settled = true
  }
  const { clock, config } = ctx
  try {
    const authorization = config.app ? `token ${await installationTokenOf(ctx, state)}` : `bearer ${state.name}`
    return {
      authorization,
      settle: (rateLimit, githubNowMs) => {
        release()
        if (!rateLimit) return
        state.remaining = rateLimit.remaining
        state.resetAtMs = clock.now() + Math.max(0, rateLimit.resetAt.getTime() - githubNowMs)
      },
      block: (delayMs) => {
        release()
        state.blockedUntilMs = Math.max(state.blockedUntilMs, clock.now() + delayMs)
      },
      renew: () => {
        release()
        if (!config.app) return false
        state.token = undefined
        return true
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

function statesOf({ clock, config: { baseUrl, token, app } }: Context<GithubConfig>): readonly State[] {
  const known = processes.get(clock) ?? new Map<string, State>()
  processes.set(clock, known)
  const names = app ? [`app ${app.appId} ${app.installationId}`] : [token ?? []].flat()
  return names.map((name) => {
    const key = createHash('sha256').update(`${baseUrl} ${name}`).digest('base64')
    const found = known.get(key)
    if (found) return found
    const [oldest] = known.keys()
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest)
    const state: State = { name, remaining: undefined, resetAtMs: 0, blockedUntilMs: 0, inFlight: 0, token: undefined }
    known.set(key, state)
    return state
  })
}

function pointsLeft(state: State, now: number, points: number): number {
  const remaining = state.remaining === undefined || state.resetAtMs <= now ? FULL_BUDGET : state.remaining
  return remaining - state.inFlight * points
}

function availableAt(state: State, points: number, now: number): number {
  const spent = state.remaining !== undefined && state.remaining < points && state.resetAtMs > now
  return Math.max(state.blockedUntilMs, spent ? state.resetAtMs : 0)
}

/** Units that need a token at the same time wait for the same one. */
async function installationTokenOf(ctx: Context<GithubConfig>, state: State): Promise<string> {
  const { clock } = ctx
  const held = await state.token?.catch(() => undefined)
  if (held && held.expiresAtMs - RENEW_BEFORE_MS > clock.now()) return held.value
  if (held || !state.token) state.token = requestToken(ctx)
  const made = state.token
  made.catch(() => {
    if (state.token === made) state.token = undefined
  })
  return (await made).value
}

async function requestToken(ctx: Context<GithubConfig>): Promise<{ value: string; expiresAtMs: number }> {
  const { app, baseUrl } = ctx.config
  if (!app) throw githubFailure('INTERNAL', 'make an installation token', 'no App is configured', 'Report it.')
  const url = `${baseUrl.replace(/\/+$/, '')}/app/installations/${app.installationId}/access_tokens`
  const response = await ctx.fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${appJwt(app, ctx.clock)}`, accept: 'application/vnd.github+json' },
    returnStatuses: [401],
  })
  const body = await response.text()
  const parsed = response.ok ? installationToken.safeParse(JSON.parse(body)) : undefined
  if (!parsed?.success) throw unauthorized('make an installation token', explanationIn(body))
  const date = Date.parse(response.headers.get('date') ?? '')
  const githubNow = Number.isNaN(date) ? ctx.clock.now() : date
  return { value: parsed.data.token, expiresAtMs: ctx.clock.now() + (parsed.data.expires_at.getTime() - githubNow) }
}
