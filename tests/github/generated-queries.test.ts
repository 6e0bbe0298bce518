import { githubSchema } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { githubQueryFiles, renderQueryFile } from '../../scripts/github-queries/query-files.ts'
import { renderQueries } from '../../scripts/github-queries/render-queries.ts'
import { readRepositoryFile } from '../../scripts/repository/files.ts'

describe('the TypeScript of queries', () => {
  it.each(githubQueryFiles())('%s is what GitHub publishes of its schema makes of it', (file) => {
    const mend = 'Run "npm run github-queries" and commit what it wrote.'
    expect(readRepositoryFile(`${file}.ts`), mend).toBe(renderQueryFile(file))
  })

  it('takes what is needed as the schema says, the rest leniently, and lists whole', () => {
    const source = `fragment Item on PullRequest { id @needed number @needed title fullDatabaseId isDraft closedAt
        author { login @needed } labels(first: 1) { pageInfo { hasNextPage endCursor } nodes { name @needed } } }
      # One of them.
      query One($id: ID!, $order: IssueOrder) { node(id: $id) { ...Item ... on Repository { pullRequests(first: 1, orderBy: $order) { totalCount } } } }`
    const written = renderQueries('one.graphql', source, githubSchema())
    for (const line of [
      'export const item = z.object({',
      '  id: z.string(),',
      '  number: z.int(),',
      '  title: text,',
      '  fullDatabaseId: lenient(bigInteger),',
      '  isDraft: flag,',
      '  closedAt: optionalTime,',
      '  author: lenient(z.object({\n    login: z.string(),\n  })),',
      '  labels: connection(z.object({\n    name: z.string(),\n  })),',
      'export type Item = z.output<typeof item>',
      '/** One of them. */',
      'export const oneOperation = {',
      '        totalCount: z.int(),',
      "readonly id: string; readonly order?: { readonly direction: 'ASC' | 'DESC'; readonly field: ",
    ]) {
      expect(written).toContain(line)
    }
    expect(written).not.toContain('@needed')
  })

  it('is refused for what the schema does not have', () => {
    expect(() => renderQueries('one.graphql', '{ viewer { shoeSize } }', githubSchema())).toThrow(
      'Failed to render one.graphql: Cannot query field "shoeSize" on type "User".',
    )
  })
})
