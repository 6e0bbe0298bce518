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
      team: 'customfield_1',
      story_points: 'customfield_2',
      code_changed: 'customfield_3',
      custom_field_20: 'customfield_4',
      custom_field_01: 'customfield_99',
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
  ['a cascading option', { value: 'EU', child: { value: 'IT' } }, '{"value":"EU","child":{"value":"IT"}}'],
  ['an object without a name', { total: 3 }, '{"total":3}'],
  ['a list', [{ value: 'a' }], '[{"value":"a"}]'],
  ['a number', 12.5, '12.5'],
  ['a flag', false, 'false'],
  ['a time', '2026-01-02T03:04:05.000+0100', '2026-01-02T02:04:05.000Z'],
  ['a day', '2026-01-02', '2026-01-02'],
  ['a text', 'hello', 'hello'],
  ['nothing', null, null],
  ['an empty text', '', null],
])('the text of %s', (_what, value, shown) => expect(customFieldText(value)).toBe(shown))

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
