import { defineConfig } from 'vitest/config'

const conditions = ['@millrace/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@millrace/source'] } },
  test: {
    include: ['{packages,examples}/*/src/**/*.test.ts', 'tests/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['tests/setup/services.ts'],
    pool: 'forks',
    execArgv: ['--conditions=@millrace/source'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
