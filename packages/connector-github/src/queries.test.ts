import { githubSchema, MAX_NODES, measureQuery } from '@millrace-examples/simulators'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { LIST_NAMES } from './api/pull-request-api.ts'
import { VIEWER_QUERY } from './check-account.ts'
import type { Query } from './github-client.ts'
import { moreQuery, pullRequestQuery, repliesQuery } from './read-pull-request.ts'
import { deploymentsByIdQuery, deploymentsQuery } from './steps/deployments.ts'
import { releasesQuery } from './steps/releases.ts'
import { byIdQuery, listQuery } from './visible-repositories.ts'
import { PAGE_SIZES, pageQuery } from './walk-pull-requests.ts'

const at = { phase: 'updated', last_pr_cursor: 'c', head: null, page_size: 50 } as const
const ids = Array.from({ length: 100 }, (_, index) => `R_${index}`)

/** Every query at every size in which it is sent. */
const queries: readonly (readonly [string, Query<unknown>])[] = [
  ['who we are', VIEWER_QUERY],
  ...PAGE_SIZES.map((size) => [`a page of ${size} pull requests`, pageQuery('R_1', at, size)] as const),
  ...[100, 50, 25, 10, 5, 1].flatMap((size) => [
    [`a pull request with lists of ${size}`, pullRequestQuery('PR_1', size)] as const,
    [`${size} replies`, repliesQuery('T_1', 'c', size)] as const,
    ...LIST_NAMES.map((list) => [`${size} more ${list}`, moreQuery('PR_1', list, 'c', size)] as const),
  ]),
  ['releases', releasesQuery('R_1', 'c')],
  ['deployments', deploymentsQuery('R_1', 'c')],
  ['deployments by id', deploymentsByIdQuery(ids)],
  ...[true, false].flatMap((topics) => [
    [`what a token reaches, topics: ${topics}`, listQuery('viewer', null, topics)] as const,
    [`what an owner has, topics: ${topics}`, listQuery({ owner: 'acme' }, null, topics)] as const,
    [`one by name, topics: ${topics}`, listQuery({ owner: 'acme', name: 'core' }, null, topics)] as const,
    [`by id, topics: ${topics}`, byIdQuery(ids, topics)] as const,
  ]),
]

test.each(queries)('%s: fits the schema, stays below the limits, and costs what we think', (_name, query) => {
  const document = parse(query.text)
  expect(validate(githubSchema(), document).map(({ message }) => message)).toEqual([])
  const { nodes, points, faults } = measureQuery(document, query.variables)
  expect(faults).toEqual([])
  expect(nodes).toBeLessThan(MAX_NODES / 5)
  expect(points).toBe(query.points)
})
