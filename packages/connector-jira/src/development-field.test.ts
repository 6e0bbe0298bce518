import { expect, it } from 'vitest'
import { hasDevelopment } from './development-field.ts'

it.each([
  [
    'holds a cached summary',
    '{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={"cachedValue":{"errors":[]},"isStale":true}}',
    true,
  ],
  ['holds a summary without a cache', '{repository={count=2, dataType=repository}}', true],
  ['is empty', '{}', false],
  ['is some other text', 'dataType={x}', false],
  ['is missing', null, false],
])('an issue whose development field %s: %j → %j', (_what, value, shown) => {
  expect(hasDevelopment({ fields: { summary: '{dataType=}', customfield_10000: value } })).toBe(shown)
})

it('an issue without fields shows nothing', () => expect(hasDevelopment({})).toBe(false))
