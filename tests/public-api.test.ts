import { describe, expect, it } from 'vitest'
import { readRepositoryFile } from '../scripts/repository/files.ts'
import { exportsOf, publicApiFile, renderPublicApi } from '../scripts/repository/public-api.ts'

describe('the public API', () => {
  it('is exactly what the golden file says', () => {
    expect(renderPublicApi(), 'If this change is meant, run "npm run golden" and commit the difference with it.').toBe(
      readRepositoryFile(publicApiFile),
    )
  })
})

describe('reading the exports of an entry file', () => {
  it('finds listed and declared names, and tells values from types', () => {
    const source = [
      "export { run, type Run as Job } from './run.ts'",
      "export type { Entity } from './entity.ts'",
      'export {',
      '  // the ones with a comment',
      '  defineEntity as entity,',
      "} from './entity.ts'",
      'export const version = 1',
      'export async function start(): Promise<void> {}',
      'export interface Options {}',
    ].join('\n')

    expect(exportsOf(source, 'index.ts')).toEqual([
      'type Entity',
      'type Job',
      'type Options',
      'value entity',
      'value run',
      'value start',
      'value version',
    ])
  })

  it.each(["export * from './step.ts'", "export * as steps from './step.ts'", "export type * from './step.ts'"])(
    'refuses %s',
    (source) => {
      expect(() => exportsOf(source, 'index.ts')).toThrow('List every public name instead')
    },
  )
})
