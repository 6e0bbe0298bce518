import { describe, expect, test } from 'vitest'
import type { MirroredFixture } from './mirrored-fixture.ts'

/** Insights are what SQL and the calendar say of the rows. */
export function insightsSuite(world: () => MirroredFixture): void {
  const granted: MirroredFixture['granted'] = (name, options) => world().granted(name, options)
  const rows: MirroredFixture['rows'] = (sql) => world().rows(sql)

  describe('insights', () => {
    interface Item {
      readonly id: string
      readonly project: string
      readonly created: Date
      readonly status: string
      readonly lead: number
      readonly cycle: number
      readonly committed: Date | null
      readonly started: Date | null
      readonly completed: Date | null
      readonly done: boolean
    }
    const items = () =>
      rows<Item>(`
      SELECT w.id, p.key AS project, w.created, w.status_id::text AS status, total_lead_time_seconds AS lead,
        total_cycle_time_seconds AS cycle, work_first_committed_at AS committed, work_first_started_at AS started,
        work_last_completed_at AS completed, s.mapped_category = 'Done' AS done
        FROM work_items w JOIN projects p ON p.id = w.project_id JOIN statuses s ON s.id = w.status_id WHERE w.active`)
    /** The first day of the week or month, computed by the calendar and not by the database. */
    const periodOf = (time: Date, period: string): string => {
      const day = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()))
      if (period === 'month') day.setUTCDate(1)
      if (period === 'week') day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
      return day.toISOString().slice(0, 10)
    }
    const distribution = (values: readonly number[]) => {
      const sorted = values.toSorted((a, b) => a - b)
      const at = (share: number): number | null => {
        const place = share * (sorted.length - 1)
        const [low = null, high = null] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
        return low === null || high === null ? null : near(low + (high - low) * (place - Math.floor(place)))
      }
      const mean = sorted.length === 0 ? null : near(sorted.reduce((sum, value) => sum + value, 0) / sorted.length)
      return { count: sorted.length, mean, p50: at(0.5), p85: at(0.85), p95: at(0.95) }
    }
    const near = (value: number) => expect.closeTo(value, 3) as number
    const of = <Thing, Key extends string>(things: readonly Thing[], keyOf: (thing: Thing) => Key) =>
      Object.entries(Object.groupBy(things, keyOf) as Record<Key, Thing[]>).sort(([a], [b]) => (a < b ? -1 : 1)) as [
        Key,
        Thing[],
      ][]
    const timesOf = (done: readonly Item[]) => ({
      lead: distribution(done.filter(({ committed }) => committed).map(({ lead }) => lead)),
      cycle: distribution(done.filter(({ started }) => started).map(({ cycle }) => cycle)),
    })

    test.each([
      ['week', ''],
      ['month', 'from=2025-01-01T00:00:00Z&to=2026-07-15T12:00:00%2B02:00'],
      ['day', 'project'],
    ])(
      'lead and cycle times and throughput by %s equal what SQL and the calendar say (%s)',
      async (period, narrowed) => {
        const all = await items()
        const project = all[0]?.project ?? ''
        const query = `period=${period}&${narrowed === 'project' ? `project=${project}` : narrowed}`
        const [from, to] = narrowed.startsWith('from') ? ['2025-01-01T00:00:00Z', '2026-07-15T10:00:00Z'] : []
        const isIn = (time: Date): boolean => (!from || time >= new Date(from)) && (!to || time < new Date(to))
        const known = narrowed === 'project' ? all.filter((item) => item.project === project) : all
        const done = known.flatMap((item) => (item.completed && item.done && isIn(item.completed) ? [{ ...item }] : []))
        expect(done.length).toBeGreaterThan(3)
        const end = (item: Item) => periodOf(item.completed ?? item.created, period)
        expect(await granted('timeInsights', { query })).toEqual({
          ...timesOf(done),
          periods: of(done, end).map(([first, some]) => ({ period: first, ...timesOf(some) })),
        })
        const born = known.filter(({ created }) => isIn(created)).map(({ created }) => periodOf(created, period))
        const ends = done.map(end)
        const periods = [...new Set([...born, ...ends])].sort()
        expect(await granted('throughputInsights', { query })).toEqual(
          periods.map((each) => ({
            period: each,
            created: born.filter((one) => one === each).length,
            completed: ends.filter((one) => one === each).length,
          })),
        )
      },
    )

    test('the flow by status of each day is that of replaying every history up to its end', async () => {
      const known = await items()
      const moves = await rows<{ item: string; before: string; after: string; at: Date }>(`
      SELECT work_item_id AS item, from_status_id::text AS before, to_status_id::text AS after,
        transition_change_date AS at FROM changelogs WHERE active ORDER BY transition_change_date, history_id, item_index`)
      const of = Map.groupBy(moves, ({ item }) => item)
      const query = 'from=2026-05-01T09:00:00Z&to=2026-09-01T00:00:00Z'
      const { statuses, days } = await granted('flowInsights', { query })
      expect([days[0]?.day, days.at(-1)?.day, days.length]).toEqual(['2026-05-01', '2026-08-31', 123])
      expect(statuses.length).toBeGreaterThan(3)
      for (const { day, counts } of days) {
        const end = new Date(Date.parse(day) + 86_400_000)
        const where = known
          .filter(({ created }) => created < end)
          .map(({ id, status }) => {
            const history = of.get(id) ?? []
            return history.findLast(({ at }) => at < end)?.after ?? history[0]?.before ?? status
          })
        expect([day, counts]).toEqual([day, statuses.map(({ id }) => where.filter((one) => one === id).length)])
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(where.length)
      }
      expect((await granted('flowInsights')).days).toHaveLength(90)
    })

    test('waits of pull requests for review and merge equal what SQL says', async () => {
      const merged = await rows<{ merged: Date; review: number | null; merge: number; repository: string }>(`
      SELECT merged, time_to_first_review_seconds AS review, time_to_merge_seconds AS merge,
        r.name_with_owner AS repository FROM prs JOIN repositories r ON r.id = repository_id WHERE prs.active AND merged IS NOT NULL`)
      const waitsOf = (some: typeof merged) => ({
        first_review: distribution(some.flatMap(({ review }) => (review === null ? [] : [review]))),
        merge: distribution(some.map(({ merge }) => merge)),
      })
      const expected = (some: typeof merged) => ({
        ...waitsOf(some),
        periods: of(some, (pull) => periodOf(pull.merged, 'week')).map(([period, each]) => ({
          ...{ period, merged: each.length },
          ...waitsOf(each),
        })),
      })
      expect(await granted('reviewInsights')).toEqual(expected(merged))
      const repository = merged[0]?.repository ?? ''
      const own = merged.filter((pull) => pull.repository === repository)
      expect(await granted('reviewInsights', { query: `repository=${repository}` })).toEqual(expected(own))
      const none = await granted('reviewInsights', { query: `integration_id=${world().jira.integrationId}` })
      expect(none).toMatchObject({ merge: { count: 0, mean: null }, periods: [] })
    })
  })
}
