import { describe, expect, it } from 'vitest'
import { mapChangelogItems, mapKeys, mapTransitions, readHistories } from './map-history.ts'

const CREATED = new Date('2026-01-01T00:00:00Z')
const at = (hour: number) => CREATED.getTime() + hour * 3_600_000
const moved = (from: string, to: string) => ({
  field: 'status',
  fieldtype: 'jira',
  fieldId: 'status',
  from,
  fromString: `S${from}`,
  to,
  toString: `S${to}`,
})

describe('histories', () => {
  it('are ordered by time, and by number where times are equal', () => {
    const raw = [
      { id: '10', created: at(1), items: [] },
      { id: '9', created: at(1), items: [] },
      { id: '11', created: at(0), items: [] },
    ]
    expect(readHistories(raw).map(({ id }) => id)).toEqual(['11', '9', '10'])
  })

  it('count once when pages repeat them', () => {
    const raw = [{ id: '1', created: at(1), items: [moved('1', '2')] }]
    expect(mapChangelogItems('7', readHistories([...raw, ...raw]))).toHaveLength(1)
  })

  it('without a time are refused, because nothing could be computed from them', () => {
    expect(() => readHistories([{ id: '1', items: [] }])).toThrow('Expected a time')
  })
})

describe('items', () => {
  it('keep what was there before and after, also where the property is called toString', () => {
    const histories = readHistories([
      {
        id: '5',
        created: at(2),
        author: { accountId: 'a1', displayName: 'Ada' },
        items: [
          moved('1', '2'),
          { field: 'Rank', fieldtype: 'custom', from: '', fromString: '', to: '', toString: 'Ranked higher' },
        ],
      },
    ])
    expect(mapChangelogItems('7', histories)).toEqual([
      expect.objectContaining({
        history_id: '5',
        item_index: 0,
        field: 'status',
        from_string: 'S1',
        to_string: 'S2',
        changed_by_name: 'Ada',
        changed_by_account_id: 'a1',
      }),
      expect.objectContaining({
        item_index: 1,
        field: 'Rank',
        field_id: null,
        to_string: 'Ranked higher',
        changed_at: new Date(at(2)),
      }),
    ])
  })

  it.each([
    ['missing', {}],
    ['null', { toString: null }],
  ])('whose toString is %s have no text', (_what, rest) => {
    const histories = readHistories([{ id: '5', created: at(2), items: [{ field: 'Link', ...rest }] }])
    expect(mapChangelogItems('7', histories)[0]?.to_string).toBeNull()
  })
})

describe('transitions', () => {
  it('tell how long the status before had lasted, from creation on', () => {
    const histories = readHistories([
      { id: '2', created: at(5), items: [{ field: 'Rank' }, moved('2', '3')] },
      { id: '1', created: at(2), items: [moved('1', '2')] },
    ])
    expect(mapTransitions('7', CREATED, histories)).toEqual([
      expect.objectContaining({
        from_status_id: '1',
        to_status_id: '2',
        transition_start_date: CREATED,
        time_in_status_seconds: 7200,
      }),
      expect.objectContaining({
        history_id: '2',
        item_index: 1,
        transition_start_date: new Date(at(2)),
        transition_change_date: new Date(at(5)),
        time_in_status_seconds: 10_800,
      }),
    ])
  })

  it('do not include a custom field that is called status', () => {
    const custom = { field: 'status', fieldtype: 'custom', from: 'x', to: 'y' }
    const histories = readHistories([
      { id: '1', created: at(1), items: [custom, { ...custom, fieldtype: 'jira', fieldId: 'customfield_1' }] },
    ])
    expect(mapTransitions('7', CREATED, histories)).toEqual([])
  })

  it('include items of sites that leave the id of the field out', () => {
    const { fieldId: _, ...item } = moved('1', '2')
    expect(mapTransitions('7', null, readHistories([{ id: '1', created: at(1), items: [item] }]))).toEqual([
      expect.objectContaining({ to_status_id: '2', transition_start_date: null, time_in_status_seconds: null }),
    ])
  })
})

describe('keys', () => {
  it('are all that an issue ever had', () => {
    const key = (from: string, to: string) => ({ field: 'Key', fieldtype: 'jira', fromString: from, toString: to })
    const histories = readHistories([
      { id: '1', created: at(1), items: [key('OLD-1', 'MID-7')] },
      { id: '2', created: at(2), items: [key('MID-7', 'NEW-3')] },
    ])
    expect(mapKeys('7', 'NEW-3', histories)).toEqual([
      { work_item_id: '7', key: 'NEW-3', is_current: true },
      { work_item_id: '7', key: 'OLD-1', is_current: false },
      { work_item_id: '7', key: 'MID-7', is_current: false },
    ])
  })
})
