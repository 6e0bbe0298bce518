import { describe, expect, it } from 'vitest'
import { customFieldFlag, customFieldNumber, customFieldText, mapCustomFields } from './map-custom-fields.ts'

describe('custom fields', () => {
  it('are all kept in the overflow without a mapping, but for the empty ones', () => {
    const fields = {
      summary: 'x',
      customfield_1: { value: 'A' },
      customfield_2: null,
      customfield_3: 0,
      customfieldx: 1,
    }
    const row = mapCustomFields(fields, {})
    expect(row.custom_fields_overflow).toEqual({ customfield_1: { value: 'A' }, customfield_3: 0 })
    expect([row.team, row.code_changed, row.story_points, row.custom_field_20]).toEqual([null, null, null, null])
  })

  it('that are mapped fill their columns and leave the overflow', () => {
    const fields = {
      customfield_1: { name: 'Amber' },
      customfield_2: 3.5,
      customfield_3: [{ value: 'Yes' }],
      customfield_4: ['a'],
      customfield_5: 'rest',
    }
    const row = mapCustomFields(fields, {
      team: { id: 'customfield_1', type: 'team' },
      story_points: { id: 'customfield_2', type: 'number' },
      code_changed: { id: 'customfield_3', type: 'array' },
      custom_field_20: { id: 'customfield_4', type: 'array' },
      custom_field_01: { id: 'customfield_99', type: null },
    })
    expect(row).toMatchObject({
      team: 'Amber',
      story_points: 3.5,
      code_changed: true,
      custom_field_20: '["a"]',
      custom_field_01: null,
    })
    expect(row.custom_fields_overflow).toEqual({ customfield_5: 'rest' })
  })
})

it.each([
  ['an option', { self: 'https://x', id: '1', value: 'Blue' }, 'Blue'],
  ['a user', { accountId: 'a', displayName: 'Ada' }, 'Ada'],
  ['a team', { id: 't', name: 'Amber' }, 'Amber'],
  ['a cascading option', { value: 'EU', child: { value: 'IT', child: { value: 'Rome' } } }, '["EU","IT","Rome"]'],
  ['a cascading option that is chosen half', { value: 'EU', child: null }, '["EU"]'],
  [
    'a document',
    { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: 'hello' }] }] },
    'hello',
  ],
  ['an object without a name', { total: 3 }, '{"total":3}'],
  [
    'a list of options',
    [
      { value: 'a', id: '1' },
      { value: 'b', id: '2' },
    ],
    '["a","b"]',
  ],
  ['a list of people', [{ accountId: 'a', displayName: 'Ada' }], '["Ada"]'],
  ['a list of numbers and objects', [1, { total: 3 }], '[1,{"total":3}]'],
  ['an empty list', [], null],
  ['a number', 12.5, '12.5'],
  ['a flag', false, 'false'],
  ['a time', '2026-01-02T03:04:05.000+0100', '2026-01-02T02:04:05.000Z'],
  ['a day', '2026-01-02', '2026-01-02'],
  ['a text', 'hello', 'hello'],
  ['nothing', null, null],
  ['an empty text', '', null],
])('the text of %s', (_what, value, shown) => expect(customFieldText(value)).toBe(shown))

it('a text that looks like a time stays as somebody wrote it', () => {
  const written = '2026-01-02T03:04:05.000+0100'
  expect(customFieldText(written, { type: 'string' })).toBe(written)
  expect(customFieldText(written, { type: 'datetime' })).toBe('2026-01-02T02:04:05.000Z')
})

it('rich text that comes as wiki markup is readable, and a plain text keeps its characters', () => {
  const written = 'h1. Goals\n* *one*\n* [two|https://example.com]'
  expect(customFieldText(written, { type: 'string', isRichText: true })).toBe(
    'Goals\n- one\n- two (https://example.com)',
  )
  expect(customFieldText(written, { type: 'string' })).toBe(written)
})

it.each([
  [true, true],
  [{ value: 'Yes' }, true],
  ['no', false],
  [[{ value: 'N' }], false],
  [1, true],
  ['maybe', null],
  [null, null],
  [[], null],
])('%j as a flag is %j', (value, flag) => expect(customFieldFlag(value)).toBe(flag))

it.each([
  [3.5, 3.5],
  ['8', 8],
  ['many', null],
  ['', null],
  [null, null],
  [{ value: '5' }, 5],
])('%j as a number is %j', (value, number) => expect(customFieldNumber(value)).toBe(number))
