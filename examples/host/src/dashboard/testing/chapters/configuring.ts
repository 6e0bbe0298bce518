import type { Chapter, Day } from '../operator-day.ts'

/** What people decide about types, statuses and fields, and what becomes of stored rows by it. */
export const configuring: Chapter = (given) => {
  given('looks for custom fields, maps one, and sees its values', async ({ host, on, stored }) => {
    await on.visit('Custom fields')
    await on.press('Queue for Extraction & Transform')
    await stored(`SELECT state FROM etl_runs WHERE mode = 'custom_fields'`).toEqual([{ state: 'finished' }])
    const points = on.page.getByLabel('Story points')
    await points.selectOption(await optionOf(points, 'customfield_10016'))
    await on.press('Save mapping')
    await on.hears(/Saved the mapping\. Run \d+ applies it/)
    // What is newest among the values of a run that is half done need not be among those that the page shows in the end.
    await stored(`SELECT state FROM etl_runs WHERE mode = 'replay'`).toEqual([{ state: 'finished' }])
    const values = `
      SELECT story_points::float8::text AS value FROM work_items WHERE active AND story_points IS NOT NULL
       ORDER BY updated DESC LIMIT 1`
    const [{ value: newest } = { value: 'nothing' }] = await host.rows<{ value: string }>(values)
    await on.hears(new RegExp(`filled in [1-9].* latest items: ${newest}(,|$)`))
  })

  given('adds, changes and deletes levels and types, and moves what uses a level', async ({ on, stored }) => {
    const epics = `
      SELECT DISTINCT w.mapped_name, w.mapped_level, h.level_name FROM wits w LEFT JOIN wits_mappings m ON m.id = w.wit_mapping_id
        LEFT JOIN wits_hierarchies h ON h.id = m.wits_hierarchy_id WHERE w.active AND w.name = 'Epic'`
    const addLevel = async (name: string, number: string): Promise<void> => {
      await on.press('Add level')
      await on.dialog.getByLabel('Name').fill(name)
      await on.dialog.getByLabel('Level number').fill(number)
      await save(on)
      await on.row('Hierarchies', name).waitFor()
    }
    await on.visit('Hierarchies')
    await addLevel('Initiative', '3')
    await addLevel('Theme', '4')
    await on.press('Edit Theme')
    await on.dialog.getByLabel('Level number').fill('5')
    await save(on)

    await on.visit('Work item types')
    await on.press('Add mapping')
    await on.dialog.getByLabel('Type at the provider').fill('epic')
    await on.dialog.getByLabel('Called').fill('Big thing')
    await choose(on.dialog.getByLabel('Level'), 'Initiative')
    await save(on)
    await stored(epics).toEqual([{ mapped_name: 'Big thing', mapped_level: 3, level_name: 'Initiative' }])

    await on.visit('Hierarchies')
    await on.press('Delete Initiative')
    await on.dialog.getByRole('listitem').filter({ hasText: 'epic (wit mapping)' }).waitFor()
    await on.dialog.getByLabel('Move them to').selectOption('Theme')
    await on.press('Move and delete')
    await on.dialogCloses()
    await stored(epics).toEqual([{ mapped_name: 'Big thing', mapped_level: 5, level_name: 'Theme' }])

    await on.visit('Work item types')
    await on.press('Edit epic')
    await on.dialog.getByLabel('Called').fill('Epos')
    await save(on)
    await stored(epics).toMatchObject([{ mapped_name: 'Epos' }])
    await on.press('Delete epic')
    await on.dialog.getByLabel('Move them to').selectOption({ label: 'None: what the provider says applies again' })
    await on.press('Delete')
    await on.dialogCloses()
    await stored(epics).toMatchObject([{ mapped_name: 'Epic', level_name: null }])
  })

  given('adds, changes and deletes steps and statuses, and moves what uses a step', async ({ host, on, stored }) => {
    const [{ name } = { name: '' }] = await host.rows<{ name: string }>(`
      SELECT s.name FROM statuses s JOIN changelogs c ON c.from_status_id = s.id
       WHERE s.mapped_category = 'In Progress' GROUP BY s.name ORDER BY count(*) DESC, s.name LIMIT 1`)
    const review = 'SELECT sum(review_time_seconds) > 0 AS counted FROM work_items WHERE active'
    const steps = `
      SELECT DISTINCT w.step_name, s.mapped_name FROM statuses s JOIN workflows w ON w.id = s.workflow_id WHERE s.active`
    const addStep = async (step: string, order: string): Promise<void> => {
      await on.press('Add step')
      await on.dialog.getByLabel('Name').fill(step)
      await on.dialog.getByLabel('Order').fill(order)
      await on.dialog.getByLabel('Category').selectOption('In Progress')
      await save(on)
      await on.row('Workflows', step).waitFor()
    }
    await on.visit('Workflows')
    await addStep('Reviewing', '1')
    await addStep('Building', '2')
    await on.press('Edit Building')
    await on.dialog.getByLabel('Name').fill('Making')
    await save(on)

    await on.visit('Statuses')
    await on.press('Add mapping')
    await on.dialog.getByLabel('Status at the provider').fill(name)
    await on.dialog.getByLabel('Called').fill('In review')
    await on.dialog.getByLabel('Category').selectOption('In Progress')
    await on.dialog.getByLabel('Workflow step').selectOption('Reviewing')
    await on.dialog.getByLabel('Time in this status is review time').check()
    await save(on)
    await stored(review).toEqual([{ counted: true }])
    await stored(steps).toEqual([{ step_name: 'Reviewing', mapped_name: 'In review' }])

    await on.visit('Workflows')
    await on.press('Delete Reviewing')
    await on.dialog.getByRole('listitem').filter({ hasText: name }).first().waitFor()
    await on.dialog.getByLabel('Move them to').selectOption('Making')
    await on.press('Move and delete')
    await on.dialogCloses()
    await stored(steps).toEqual([{ step_name: 'Making', mapped_name: 'In review' }])

    await on.visit('Statuses')
    await on.press(`Edit ${name}`)
    await on.dialog.getByLabel('Time in this status is review time').uncheck()
    await save(on)
    await stored(review).toEqual([{ counted: false }])
    await on.press(`Delete ${name}`)
    await on.dialog.getByLabel('Move them to').selectOption({ label: 'None: what the provider says applies again' })
    await on.press('Delete')
    await on.dialogCloses()
    await stored(steps).toEqual([])
  })
}

async function save(on: Day['on']): Promise<void> {
  await on.press('Save')
  await on.dialogCloses()
}

type Select = ReturnType<Day['on']['page']['getByLabel']>

/** The value of the option that holds these words. */
async function optionOf(select: Select, words: string): Promise<string> {
  return (await select.locator('option').filter({ hasText: words }).first().getAttribute('value')) ?? ''
}

async function choose(select: Select, words: string): Promise<void> {
  await select.selectOption(await optionOf(select, words))
}
