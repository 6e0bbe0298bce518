import { expect, test } from 'vitest'
import { type NamedFacts, whyUnclaimable } from './why-unclaimable.ts'

const run = { id: 7, jobId: 3, state: 'running' } as const
const row = { runId: 7, jobId: 3, jobType: 'extract', status: 'pending' } as const
const why = (facts: Partial<NamedFacts>): string => whyUnclaimable({ jobType: 'extract', run, row, ...facts })

test('a row that waits, or that somebody has, is left to the ledger', () => {
  expect(why({})).toBe('waiting')
  expect(why({ row: { ...row, status: 'leased' } })).toBe('taken')
})

test('what is settled, adopted, or gone with its run is a duplicate', () => {
  for (const status of ['done', 'dead', 'cancelled'] as const) expect(why({ row: { ...row, status } })).toBe('settled')
  expect(why({ row: { ...row, runId: 8 } }), 'a later run adopted it').toBe('settled')
  expect(why({ run: { ...run, state: 'finished' } })).toBe('settled')
  expect(why({ run: { ...run, state: 'failed' }, row: undefined })).toBe('settled')
})

test('what the tenant never had is foreign', () => {
  expect(why({ run: undefined, row: undefined }), 'no such run').toBe('foreign')
  expect(why({ run: undefined }), 'its row, with a run of somebody else').toBe('foreign')
  expect(why({ row: undefined }), 'an open run never loses a row').toBe('foreign')
  expect(why({ jobType: 'embed' }), 'another kind').toBe('foreign')
  expect(why({ row: { ...row, jobId: 4 } }), 'another job').toBe('foreign')
  expect(why({ row: { ...row, runId: 6 } }), 'a run that came after it').toBe('foreign')
})
