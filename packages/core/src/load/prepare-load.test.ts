import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEntity } from '../contracts/entity.ts'
import { entityId } from '../ids/entity-id.ts'
import { prepareLoad } from './prepare-load.ts'

const boards = defineEntity({ name: 'boards', key: 'id', columns: z.object({ id: z.string(), name: z.string() }) })
const cards = defineEntity({
  name: 'cards',
  key: 'id',
  version: 'updated',
  references: { board_id: boards, parent_id: 'self' },
  columns: z.object({
    id: z.string(),
    board_id: z.string(),
    parent_id: z.string().nullable(),
    updated: z.date().nullable(),
  }),
})
const labels = defineEntity({
  name: 'labels',
  key: ['card_id', 'label'],
  parent: 'card_id',
  references: { card_id: cards },
  columns: z.object({ card_id: z.string(), label: z.string() }),
})

const options = { scope: { tenantId: 1, integrationId: 2, runId: 3 }, sourceSeq: 7, fullSync: false }
const updated = new Date('2026-01-02T03:04:05Z')

test('ids are the same on every machine and in every release', () => {
  // What any other UUIDv5 gives for the namespace and '[1,2,"cards","C-1"]'.
  expect(entityId(1, 2, 'cards', 'C-1')).toBe('deacdf23-12ee-5890-8851-2efbc53d533d')
  expect(entityId(2, 2, 'cards', 'C-1')).not.toBe(entityId(1, 2, 'cards', 'C-1'))
})

test('references become ids, and a column called id is stored as external_id', () => {
  const { loads } = prepareLoad([cards.upsert({ id: 'C-1', board_id: 'B', parent_id: null, updated })], options)
  expect(loads[0]?.upserts[0]).toMatchObject({
    key: entityId(1, 2, 'cards', 'C-1'),
    values: { external_id: 'C-1', board_id: entityId(1, 2, 'boards', 'B'), parent_id: null, updated },
    version: { at: updated, seq: 7 },
  })
})

test('children that come with their parent have its version, others have a sequence of their own', () => {
  const parent = cards.upsert({ id: 'C-1', board_id: 'B', parent_id: null, updated })
  const children = labels.replace('C-1', [{ card_id: 'C-1', label: 'red' }])
  const together = prepareLoad([children, parent], options).loads.find(({ entity }) => entity.name === 'labels')
  expect(together?.replaces[0]).toMatchObject({ withParent: true, version: { at: updated, seq: 7 } })
  expect(together?.replaces[0]?.rows[0]?.version).toEqual({ at: updated, seq: 7 })
  const [alone] = prepareLoad([children], options).loads
  expect(alone?.replaces[0]).toMatchObject({ withParent: false, version: { at: null, seq: 7 } })
})

test('of several changes of one row the last one counts, and everything is sorted by key', () => {
  const changes = [
    boards.upsert({ id: 'B', name: 'old' }),
    boards.upsert({ id: 'A', name: 'a' }),
    boards.delete('C'),
    boards.upsert({ id: 'B', name: 'new' }),
    boards.upsert({ id: 'C', name: 'back' }),
  ]
  const [load] = prepareLoad(changes, options).loads
  expect(load?.deletes).toEqual([])
  expect(load?.upserts.map(({ values }) => values.name).toSorted()).toEqual(['a', 'back', 'new'])
  const keys = load?.upserts.map(({ key }) => key) ?? []
  expect(keys).toEqual(keys.toSorted())
})

test('a row without its key, a time that is none and a child of another parent are refused by name', () => {
  const bad = { id: 'C', board_id: 'B', parent_id: null, updated: new Date('never') }
  expect(() => prepareLoad([cards.upsert(bad)], options)).toThrow('cards: updated is not a time')
  expect(() => prepareLoad([{ op: 'upsert', entity: boards, row: { name: 'x' } }], options)).toThrow('a row has no id')
  expect(() => prepareLoad([labels.delete('red')], options)).toThrow('a child cannot be deleted by an id')
  const twice = [labels.replace('C-1', []), labels.replace('C-1', [])]
  expect(() => prepareLoad(twice, options)).toThrow('the children of C-1 are replaced twice')
  const stray = labels.replace('C-1', [{ card_id: 'C-2', label: 'red' }])
  expect(() => prepareLoad([stray], options)).toThrow('a row given for parent C-1 belongs to another one')
})
