import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Vitest hands these to Node as well, where 'import' would give ES modules to `require`. */
const conditions = ['@millrace/source', 'node']

/** About the repository itself: static, so part of `npm run check` as well. */
const repositoryTests = [
  'tests/architecture.test.ts',
  'tests/dependencies.test.ts',
  'tests/documents.test.ts',
  'tests/errors-documented.test.ts',
  'tests/lint-bans.test.ts',
  'tests/public-api.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@millrace/source'] } },
  test: {
    pool: 'forks',
    // By default one less than there are cores, so that on two of them one file would wait for the other all the time.
    maxWorkers: '100%',
    // Tests run hundreds of processes of the same code: only the first of them has to compile it.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'millrace-compiled') },
    execArgv: ['--conditions=@millrace/source'],
    // Nothing waits in vain for so long that works; a machine that builds other things at the same time is slow.
    testTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 300_000,
    projects: [
      { extends: true, test: { name: 'repository', include: repositoryTests } },
      {
        extends: true,
        test: {
          name: 'code',
          include: ['{packages,examples}/*/src/**/*.test.ts', '{tests,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...repositoryTests],
          globalSetup: ['tests/setup/services.ts'],
        },
      },
    ],
  },
})
