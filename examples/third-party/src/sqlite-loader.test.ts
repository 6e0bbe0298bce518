import { readFile } from 'node:fs/promises'
import { loaderConformance } from '@millrace/core/testing'
import { expect, test } from 'vitest'
import { sqliteLoader } from './sqlite-loader.ts'

function inMemory() {
  const loader = sqliteLoader(':memory:')
  return { loader, close: async () => loader.close() }
}

for (const { name, run } of loaderConformance(inMemory)) test(name, run)

test('the guide shows the very comparison', async () => {
  const source = await readFile(new URL('./sqlite-loader.ts', import.meta.url), 'utf8')
  const guide = await readFile(new URL('../../../docs/guides/write-a-sink.md', import.meta.url), 'utf8')
  const [shown = ''] = /function supersedes[\s\S]*?\n}\n/.exec(guide) ?? []
  expect(shown).not.toBe('')
  expect(source).toContain(shown)
})
