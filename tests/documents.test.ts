import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readRepositoryFile, repositoryFiles } from '../scripts/repository/files.ts'
import { repositoryRoot } from '../scripts/repository/root.ts'

/** `[text](target)`, where the target is a path of this repository. */
const LINK = /\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)\s]*)?\)/g

test('every relative link of every document leads somewhere', () => {
  const dead: string[] = []
  for (const file of repositoryFiles().filter((name) => name.endsWith('.md'))) {
    for (const [, target = ''] of readRepositoryFile(file).matchAll(LINK)) {
      if (!existsSync(resolve(repositoryRoot, dirname(file), target))) dead.push(`${file}: ${target}`)
    }
  }
  expect(dead).toEqual([])
})
