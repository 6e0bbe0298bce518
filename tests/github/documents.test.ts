import { expect, it } from 'vitest'
import { prsComments, prsReviews } from '../../packages/connector-github/src/index.ts'

const when = new Date('2026-01-02T03:04:05Z')
const review = {
  ...{
    pr_id: 'PR',
    repository_id: 'REPO',
    review_id: 'R',
    author_id: null,
    author_login: null,
    state: 'APPROVED',
    body: '',
  },
  ...{ commit_oid: null, submitted: when, updated: when },
}
const comment = {
  ...{
    pr_id: 'PR',
    repository_id: 'REPO',
    comment_id: 'C',
    thread_id: 'T',
    author_id: null,
    author_login: 'ann',
    body: 'Why twice?',
  },
  ...{ url: null, created: when, updated: null },
}

it('a review and a remark in a thread are documents of their own, an approval without a word and small talk are none', () => {
  expect(prsReviews.embed?.text({ ...review, body: 'Close the file.' })).toBe('Close the file.')
  expect(prsReviews.embed?.text(review)).toBeFalsy()
  expect(prsComments.embed?.text(comment)).toBe('Why twice?')
  expect(prsComments.embed?.text({ ...comment, thread_id: null })).toBeNull()
  const place = { pull_request: 'PR', repository: 'REPO', created: when }
  expect(prsComments.embed?.payload?.(comment)).toMatchObject({ ...place, thread: 'T' })
  expect(prsReviews.embed?.payload?.(review)).toMatchObject(place)
})
