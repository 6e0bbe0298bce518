import { MillraceError, silentLogger } from '@millrace/core'
import { expect, test } from 'vitest'
import { vectorTasks } from './vector-tasks.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a tenant has one task at a time, which others do not mind, and which shows how far it is', async () => {
  const tasks = vectorTasks(silentLogger)
  const work = Promise.withResolvers<null>()
  const started = tasks.start(1, 'model-change', ({ onProgress }) => {
    onProgress({ rows: 5, embedded: 3 })
    return work.promise
  })
  expect(started).toMatchObject({ kind: 'model-change', state: 'running', finished_at: null })
  expect(() => tasks.start(1, 'reconcile', async () => null)).toThrow(/under way/)
  tasks.start(2, 'reconcile', async () => null)
  expect(tasks.list(1)).toMatchObject([{ state: 'running', progress: { rows: 5, embedded: 3 } }])
  work.resolve(null)
  await settled()
  expect(tasks.list(1)).toMatchObject([{ state: 'finished', finished_at: expect.any(String) }])
  tasks.start(1, 'reconcile', async () => null)
  expect(tasks.list(1).map(({ kind }) => kind)).toEqual(['reconcile', 'model-change'])
  await tasks.stop()
})

test('a task that fails says why, unless nobody foresaw it; and stopping interrupts what is under way', async () => {
  const tasks = vectorTasks(silentLogger)
  tasks.start(1, 'reconcile', async () => {
    throw new MillraceError('EMBED_FAILED', { message: 'Failed to embed: no.' })
  })
  tasks.start(2, 'reconcile', async () => {
    throw new Error('postgres://me:secret@host')
  })
  tasks.start(3, 'reconcile', ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)))
  await tasks.stop()
  expect(tasks.list(1)).toMatchObject([{ state: 'failed', error: 'Failed to embed: no.' }])
  expect(tasks.list(2)[0]?.error).not.toContain('secret')
  expect(tasks.list(3)).toMatchObject([{ state: 'failed' }])
})
