import type { Lookup, UntypedRow } from '@millrace/core'
import { expect, it } from 'vitest'
import { project } from './api/project-api.ts'
import { projects } from './entities/projects.ts'
import { mapProject } from './map-project.ts'

const STORED: Lookup = {
  get: (entity) => (entity === projects ? { external_id: '1', key: 'OLD', former_keys: ['FIRST'] } : undefined),
  all: () => [],
}

it.each([
  ['those that Jira lists, whatever was known', { projectKeys: ['NEW', 'SECOND', 'OLD'] }, ['OLD', 'SECOND']],
  ['none where Jira lists the present one alone', { projectKeys: ['NEW'] }, []],
  ['those that were known, where Jira lists none', {}, ['FIRST', 'OLD']],
])('the keys that a project had before are %s', (_, answer, former) => {
  const found = project.parse({ id: '1', key: 'NEW', name: 'Payments', ...answer })
  expect(rowOf(found)).toMatchObject({ key: 'NEW', former_keys: former })
})

it('a key that is not the present one any more is one of before, also when it was again', () => {
  expect(rowOf(project.parse({ id: '1', key: 'FIRST', name: 'Payments' }))).toMatchObject({ former_keys: ['OLD'] })
})

function rowOf(found: ReturnType<typeof project.parse>): UntypedRow | undefined {
  const [change] = [...mapProject(found, STORED)].filter(({ entity }) => entity === projects)
  return change?.op === 'upsert' ? change.row : undefined
}
