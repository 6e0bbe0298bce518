import type { Clock } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github, prs } from '../../packages/connector-github/src/index.ts'

const BUDGET = { points: 30, windowMs: 10_000 }

let site: GithubSimulator
afterEach(() => site?.close())

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/**
 * The site's time passes when everybody waits and no request is under way, and then at once: what is measured is waiting for
 * points, and nothing else.
 */
function createTime() {
  const sleepers = new Set<Sleeper>()
  let underWay = 0
  const passIfIdle = async (): Promise<void> => {
    // Whoever was just answered may ask again.
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
    const [next] = [...sleepers].toSorted((left, right) => left.until - right.until)
    if (underWay > 0 || !next) return
    site.evolve({ advanceMs: Math.max(0, next.until - site.now()) })
    sleepers.delete(next)
    next.wake()
    void passIfIdle()
  }
  const clock: Clock = {
    now: () => site.now(),
    monotonic: () => site.now(),
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: site.now() + delayMs, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
        void passIfIdle()
      }),
  }
  const fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    underWay += 1
    try {
      const response = await globalThis.fetch(url, init)
      return new Response(await response.arrayBuffer(), response)
    } finally {
      underWay -= 1
      void passIfIdle()
    }
  }
  return { clock, fetch }
}

/** Reads all repositories of the organization at once, and says how long points made them wait. */
async function readAll(tokens: readonly string[]) {
  site = await startGithubSimulator({
    ...{ repositories: 12, pullRequests: 600, longLists: 0, tokens: [...tokens], rateLimit: BUDGET },
  })
  const began = site.now()
  const time = createTime()
  const config = { baseUrl: site.url, token: [...tokens], pullRequestsPerPage: 10 }
  const latest_update = new Date(began).toISOString()
  const read = await Promise.all(
    [...site.truth().repositories()].map(({ id, owner, name }) => {
      const unit = { repository_id: id, name_with_owner: `${owner}/${name}`, latest_update, open: 0 }
      return runStep(github, 'github_prs', { config, unit, retries: 4, ...time })
    }),
  )
  const rows = read.flatMap(({ changes }) => changes).filter(({ op, entity }) => op === 'upsert' && entity === prs)
  const points = Object.values(site.points()).reduce((left, right) => left + right, 0)
  await site.close()
  return { elapsedMs: site.now() - began, pullRequests: rows.length, points }
}

it('two tokens take at most 0.6 of the time of one, and no pull request is lost to a limit', async () => {
  const one = await readAll(['one'])
  const two = await readAll(['one', 'two'])
  expect(one.pullRequests).toBe(600)
  expect(two.pullRequests).toBe(600)
  // Points come in windows: all but the last were waited for.
  expect(one.elapsedMs).toBeGreaterThanOrEqual((Math.ceil(one.points / BUDGET.points) - 1) * BUDGET.windowMs)
  expect(two.elapsedMs / one.elapsedMs).toBeLessThanOrEqual(0.6)
})

it('repositories that are read at the same time wait for the same points, and not each for its own', async () => {
  const { points, elapsedMs } = await readAll(['one'])
  expect(elapsedMs).toBeLessThanOrEqual(Math.ceil(points / BUDGET.points) * BUDGET.windowMs * 1.2)
})
