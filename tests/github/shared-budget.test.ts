import { runStep } from '@millrace/core/testing'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github, prs } from '../../packages/connector-github/src/index.ts'
import { passingTime } from '../passing-time.ts'

const BUDGET = { points: 30, windowMs: 10_000 }

let site: GithubSimulator
afterEach(() => site?.close())

/** Reads all repositories of the organization at once, and says how long points made them wait. */
async function readAll(tokens: readonly string[]) {
  site = await startGithubSimulator({
    ...{ repositories: 12, pullRequests: 600, longLists: 0, tokens: [...tokens], rateLimit: BUDGET },
  })
  const began = site.now()
  const time = passingTime({ now: site.now, advance: (advanceMs) => site.evolve({ advanceMs }) })
  const config = { baseUrl: site.url, token: [...tokens], pullRequestsPerPage: 10 }
  const latest_update = new Date(began).toISOString()
  const { clock, fetch } = time
  const read = await time.during(() =>
    Promise.all(
      [...site.truth().repositories()].map(({ id, owner, name }) => {
        const unit = { repository_id: id, name_with_owner: `${owner}/${name}`, latest_update, open: 0 }
        return runStep(github, 'github_prs', { config, unit, retries: 4, clock, fetch })
      }),
    ),
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
