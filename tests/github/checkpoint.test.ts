import { createRuntime } from '@millrace/core'
import {
  createIntegration,
  createJob,
  type Database,
  listJobs,
  migrate,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  requeueDeadLetters,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github } from '../../packages/connector-github/src/index.ts'
import { scratchServer } from '../../packages/sink-postgres/src/testing/scratch-database.ts'

const url = process.env.DATABASE_URL
let site: GithubSimulator
let db: Database
afterEach(async () => {
  await site?.close()
  await db?.close()
})

/** Lists that cannot be read on. */
const LISTS = ['MoreCommits', 'MoreReviews', 'MoreComments', 'MoreReviewThreads'] as const

it.skipIf(!url)(
  'a checkpoint shows where repositories, pull requests and their lists were left, and is clear when they were read',
  async () => {
    site = await startGithubSimulator({ now: Date.now(), repositories: 2, pullRequests: 30, longLists: 0.5 })
    const refused = { kind: 'invalid-cursor', times: 10_000 } as const
    site.faults.add({ ...refused, operation: 'PullRequests' }, ...LISTS.map((operation) => ({ ...refused, operation })))
    db = await scratchServer(url ?? '').open()
    await migrate(db)
    const tenantId = await seedTenant(db, { name: 'Acme' })
    const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32) })
    const credentials = { token: 'demo-token' }
    const settings = { pullRequestsPerPage: 10 }
    const account = { name: 'GitHub', type: 'github', baseUrl: site.url, credentials, settings }
    const integrationId = await createIntegration(db, { secrets, tenantId, ...account })
    const jobId = await createJob(db, { tenantId, name: 'GitHub', connector: 'github', integrationId })
    const runtime = createRuntime({
      connectors: [github],
      ledger: postgresLedger(db),
      loader: postgresLoader(db),
      jobStore: postgresJobStore(db, { secrets }),
      roles: ['extract', 'transform'],
    })
    await runtime.start()
    const lookAfterRun = async () => {
      const { runId } = await runtime.startRun({ tenantId, jobId, maxAttempts: 1 })
      await new Promise<void>((resolve) => {
        runtime.events({ runId, tenantId }).subscribe(({ type }) => type === 'run-finished' && resolve())
      })
      const [job] = await listJobs(db, { tenantId, jobId })
      return job
    }

    const { checkpoint: left, errorMessage } = (await lookAfterRun()) ?? {}
    expect(errorMessage).toContain('GitHub refuses the query (INVALID_CURSOR_ARGUMENTS')
    const repositories = [...site.truth().repositories()].map(({ id }) => id)
    expect(left).toMatchObject({
      repo_processing_queue: expect.arrayContaining(repositories),
      unfinished: expect.arrayContaining([
        expect.objectContaining({
          step: 'github_prs',
          unit: repositories[0],
          fields: expect.objectContaining({ repository_id: repositories[0] }),
          cursor: expect.objectContaining({ last_pr_cursor: expect.any(String) }),
        }),
      ]),
    })
    const names = ['last_commit_cursor', 'last_review_cursor', 'last_comment_cursor', 'last_review_thread_cursor']
    for (const name of names) {
      expect(left).toMatchObject({
        unfinished: expect.arrayContaining([
          expect.objectContaining({
            fields: expect.objectContaining({ current_pr_node_id: expect.stringMatching(/^PR_/) }),
            cursor: expect.objectContaining({
              current_pr_node_id: expect.stringMatching(/^PR_/),
              [name]: expect.any(String),
            }),
          }),
        ]),
      })
    }

    site.faults.clear()
    await requeueDeadLetters(db, { tenantId, jobId, actor: 'ann' })
    expect((await lookAfterRun())?.checkpoint).toMatchObject({ repo_processing_queue: [], unfinished: [] })
    await runtime.stop()
  },
  120_000,
)
