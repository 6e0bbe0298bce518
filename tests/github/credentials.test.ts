import { generateKeyPairSync } from 'node:crypto'
import { memoryLoader, runToEnd } from '@millrace/core'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github, repositories } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'

let site: GithubSimulator
afterEach(() => site?.close())

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const app = { appId: 7, installationId: 8, privateKey }

it('an installation token that ends in mid-run is renewed, and nothing is lost', async () => {
  site = await startGithubSimulator({
    pullRequests: 120,
    app: { id: 7, installationId: 8, publicKey, requestsPerToken: 3 },
  })
  const loader = memoryLoader()
  const summary = await runToEnd({ connector: github, config: { baseUrl: site.url, app }, loader })
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
  expect(contentOfTables(loader)).toEqual(contentOfSite(site))
  expect(site.requests().byRoute['POST access_tokens']).toBeGreaterThan(1)
})

it('an App whose key is not accepted fails at once, and its key is in no message', async () => {
  const { privateKey: other } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  site = await startGithubSimulator({ app: { id: 7, installationId: 8, publicKey } })
  const config = { baseUrl: site.url, app: { ...app, privateKey: other } }
  const summary = await runToEnd({ connector: github, config, loader: memoryLoader() })
  expect(summary.state).toBe('failed')
  expect(JSON.stringify(summary)).toContain('check App id, installation and private key')
  expect(JSON.stringify(summary)).not.toContain('PRIVATE KEY')
})

it('two tokens share the load', async () => {
  site = await startGithubSimulator({ pullRequests: 600, repositories: 12, tokens: ['one', 'two'] })
  const config = { baseUrl: site.url, token: ['one', 'two'], pullRequestsPerPage: 10 }
  const summary = await runToEnd({ connector: github, config, loader: memoryLoader() })
  expect(summary.state).toBe('finished')
  const { one = 0, two = 0 } = site.points()
  expect(Math.max(one, two)).toBeLessThan(0.6 * (one + two))
})

it('an Enterprise Server is asked at its own paths', async () => {
  site = await startGithubSimulator({ pullRequests: 20 })
  const loader = memoryLoader()
  const config = { baseUrl: `${site.url}/api/v3`, token: 'demo-token' }
  expect((await runToEnd({ connector: github, config, loader })).state).toBe('finished')
  expect(contentOfTables(loader)).toEqual(contentOfSite(site))
  expect(site.requests().responses.every(({ url }) => url === '/api/graphql' || url === '/api/v3/rate_limit')).toBe(
    true,
  )
})

it.each([
  ['an organization', { repositories: ['acme/*'] }, (name: string) => name.startsWith('acme/')],
  ['a person', { repositories: ['Ada-0/*'] }, (name: string) => name.startsWith('ada-0/')],
  [
    'a pattern',
    { repositories: ['acme/bill*', 'acme/search-2'] },
    (name: string) => /^acme\/(bill|search-2$)/.test(name),
  ],
  ['all but some', { exclude: ['acme/*-1*'] }, (name: string) => !/^acme\/.*-1/.test(name)],
  ['a topic', { topics: ['frontend'] }, (_: string, index: number) => index % 4 === 1],
])('finds %s', async (_name, choice, fits) => {
  site = await startGithubSimulator({ repositories: 24, pullRequests: 60 })
  const loader = memoryLoader()
  const config = { baseUrl: site.url, token: 'demo-token', ...choice }
  expect((await runToEnd({ connector: github, config, loader })).failures).toEqual([])
  const names = [...site.truth().repositories()].map(({ owner, name }) => `${owner}/${name}`).filter(fits)
  expect(
    loader
      .rows(repositories)
      .map(({ name_with_owner }) => name_with_owner)
      .toSorted(),
  ).toEqual(names.toSorted())
  expect(names.length).toBeGreaterThan(0)
})
