import type { Chapter } from '../operator-day.ts'
import { choose } from './forms.ts'

const FIELD = 'customfield_10016'

/** Where the values of the field are: how many items hold them in each of two columns, and how many in the overflow. */
const PLACES = `
  SELECT count(story_points)::integer AS points, count(custom_field_01)::integer AS first,
    count(*) FILTER (WHERE custom_fields_overflow ? '${FIELD}')::integer AS overflow FROM work_items WHERE active`

/** What people decide about custom fields, and where values of stored rows are by it. */
export const mappingFields: Chapter = (given) => {
  given('looks for custom fields, maps one, and sees its values', async ({ host, on, stored, settled }) => {
    await on.visit('Custom fields')
    await on.press('Queue for Extraction & Transform')
    await stored(`SELECT state FROM etl_runs WHERE mode = 'custom_fields'`).toEqual([{ state: 'finished' }])
    const count = await valuesOf(host)
    await choose(on.page.getByLabel('Story points'), FIELD)
    await on.press('Save mapping')
    await on.hears(/Saved the mapping\. Run \d+ applies it/)
    // What is newest among the values of a run that is half done need not be among those that the page shows in the end.
    await stored(PLACES).toEqual([{ points: count, first: 0, overflow: 0 }])
    await settled()
    const values = `
      SELECT story_points::float8::text AS value FROM work_items WHERE active AND story_points IS NOT NULL
       ORDER BY updated DESC LIMIT 1`
    const [{ value: newest } = { value: 'nothing' }] = await host.rows<{ value: string }>(values)
    await on.hears(new RegExp(`filled in ${count} of the .* latest items: ${newest}(,|$)`))
  })

  given('moves a field to another column, takes it off, and sees its values leave', async (day) => {
    const { host, on, stored } = day
    const count = await valuesOf(host)
    const isMapped = on.page.getByText(new RegExp(`^filled in ${count} of`))
    const points = on.page.getByLabel('Story points')
    const first = on.page.getByLabel('Custom field 01')
    await choose(points, 'Not mapped')
    await choose(first, FIELD)
    await on.press('Save mapping')
    await stored(PLACES).toEqual([{ points: 0, first: count, overflow: 0 }])
    await isMapped.waitFor()

    await choose(first, 'Not mapped')
    await isMapped.waitFor({ state: 'detached' })
    await on.press('Save mapping')
    await stored(PLACES).toEqual([{ points: 0, first: 0, overflow: count }])
    // The page comes to what is stored, also where it is opened anew.
    await on.visit('Workflows')
    await on.visit('Custom fields')
    await day.eventually(() => Promise.all([points.inputValue(), first.inputValue()])).toEqual(['', ''])
  })
}

/** How many items have a value of the field, in whichever place. */
async function valuesOf({
  rows,
}: {
  readonly rows: <Row extends object>(sql: string) => Promise<Row[]>
}): Promise<number> {
  const [places] = await rows<{ points: number; first: number; overflow: number }>(PLACES)
  if (!places) return 0
  return places.points + places.first + places.overflow
}
