import { expect, test } from 'vitest'
import { githubOptions } from './github-options.ts'

test('a token and repositories are enough', () => {
  const options = githubOptions.parse({ token: 'secret', repositories: ['millrace/core', 'millrace/*'] })
  expect(options).toMatchObject({ baseUrl: 'https://api.github.com', pullRequestsPerPage: 25 })
})

test('a repository without its owner is named as a mistake', () => {
  const parsed = githubOptions.safeParse({ token: 'secret', repositories: ['core'] })
  expect(parsed.error?.issues).toMatchObject([
    { path: ['repositories', 0], message: 'write it as owner/name or owner/*' },
  ])
})
