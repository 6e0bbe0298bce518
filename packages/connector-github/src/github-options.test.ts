import { expect, test } from 'vitest'
import { githubOptions } from './github-options.ts'

test('a token is enough, and several share the load', () => {
  expect(githubOptions.parse({ token: 'secret' })).toMatchObject({
    baseUrl: 'https://api.github.com',
    repositories: [],
    pullRequestsPerPage: 50,
  })
  expect(githubOptions.parse({ token: ['one', 'two'] }).token).toEqual(['one', 'two'])
})

test('a repository without its owner is named as a mistake', () => {
  const parsed = githubOptions.safeParse({ token: 'secret', repositories: ['core'] })
  expect(parsed.error?.issues).toMatchObject([
    { path: ['repositories', 0], message: 'write it as owner/name or owner/*' },
  ])
})

test('a token and an app at once, or neither, are a mistake', () => {
  const app = { appId: 1, installationId: 2, privateKey: '-----BEGIN RSA PRIVATE KEY-----' }
  for (const options of [{}, { token: 'secret', app }]) {
    expect(githubOptions.safeParse(options).error?.issues).toMatchObject([{ message: 'give either a token or an app' }])
  }
})
