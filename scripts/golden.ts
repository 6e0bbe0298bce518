/** `npm run golden`: writes the public API down as it is now. The difference belongs into the commit that made it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicApiFile, renderPublicApi } from './repository/public-api.ts'
import { repositoryRoot } from './repository/root.ts'

writeFileSync(join(repositoryRoot, publicApiFile), renderPublicApi())
console.log(`Wrote ${publicApiFile}.`)
