import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { liveNames } from './live-names.ts'
import { ALL_NAMES } from './names/all-names.ts'
import { namesInDocument } from './names-in-documents.ts'
import { renderSpecMap, SPEC_MAP_FILE } from './render-spec-map.ts'

const ROOT = join(import.meta.dirname, '../../../..')
/** Where the documents are, where they are: nobody needs them to run the tests. */
const DOCUMENTS = join(ROOT, '../shared/spec')

test('each name of the requirements leads to something that is there, or to a reason', async () => {
  const db = await openStore({ kind: 'memory' })
  const live = await liveNames(db)
  await db.close()
  const missing = ALL_NAMES.filter((name) => 'live' in name && !live[name.kind].has(name.live))
  expect(missing).toEqual([])
  const reasons = ALL_NAMES.flatMap((name) => ('reason' in name ? [name.reason] : []))
  expect(reasons.filter((reason) => !/^[A-Z].{20,}\.$/.test(reason))).toEqual([])
}, 300_000)

test('the page says what the names say', () => {
  const mend = 'Run "npm run spec-map" and commit docs/spec-map.md.'
  expect(readFileSync(join(ROOT, SPEC_MAP_FILE), 'utf8'), mend).toBe(renderSpecMap(ALL_NAMES))
})

test.skipIf(!existsSync(DOCUMENTS))('the names are those of the documents, all of them and no others', () => {
  const texts = readdirSync(DOCUMENTS).map((file) => readFileSync(join(DOCUMENTS, file), 'utf8'))
  const found = new Set(texts.flatMap(namesInDocument).map(({ kind, name }) => `${kind} ${name}`))
  const known = new Set(ALL_NAMES.map(({ kind, name }) => `${kind} ${name}`))
  expect([...found.difference(known)]).toEqual([])
  expect([...known.difference(found)]).toEqual([])
})
