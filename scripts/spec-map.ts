/** `npm run spec-map`: writes docs/spec-map.md from the names of the requirements. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_NAMES } from '../examples/host/src/spec-map/names/all-names.ts'
import { renderSpecMap, SPEC_MAP_FILE } from '../examples/host/src/spec-map/render-spec-map.ts'
import { repositoryRoot } from './repository/root.ts'

writeFileSync(join(repositoryRoot, SPEC_MAP_FILE), renderSpecMap(ALL_NAMES))
console.log(`Wrote ${SPEC_MAP_FILE}.`)
