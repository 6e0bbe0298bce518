/** `npm run error-reference`: writes docs/reference/errors.md from the table of errors. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorTable } from '../packages/core/src/errors/error-table.ts'
import { errorReferenceFile, renderErrorReference } from './repository/error-reference.ts'
import { repositoryRoot } from './repository/root.ts'

const file = join(repositoryRoot, errorReferenceFile)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, renderErrorReference(errorTable))
console.log(`Wrote ${errorReferenceFile}.`)
