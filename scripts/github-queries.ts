/** `npm run github-queries`: writes the TypeScript of the GitHub connector's queries, after a change of a .graphql file. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { githubQueryFiles, renderQueryFile } from './github-queries/query-files.ts'
import { repositoryRoot } from './repository/root.ts'

for (const file of githubQueryFiles()) {
  writeFileSync(join(repositoryRoot, `${file}.ts`), renderQueryFile(file))
  console.log(`Wrote ${file}.ts.`)
}
