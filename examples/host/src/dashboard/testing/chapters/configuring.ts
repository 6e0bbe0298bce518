import type { DashboardPage } from '../dashboard-page.ts'
import type { Chapter, Day } from '../operator-day.ts'
import { choose, deleteMoving, deleteReleasing, deleteUnused, openEntry, save } from './forms.ts'

/** What epics are called, and their level. */
const EPICS = `
  SELECT DISTINCT w.mapped_name, w.mapped_level, h.level_name FROM wits w LEFT JOIN wits_mappings m ON m.id = w.wit_mapping_id
    LEFT JOIN wits_hierarchies h ON h.id = m.wits_hierarchy_id WHERE w.active AND w.name = 'Epic'`
const LEVELS = 'SELECT level_name, level_number FROM wits_hierarchies WHERE active ORDER BY level_number'
const REVIEW = 'SELECT sum(review_time_seconds) > 0 AS counted FROM work_items WHERE active'
/** Steps that statuses are of. */
const STEPS = `
  SELECT DISTINCT w.step_name, s.mapped_name FROM statuses s JOIN workflows w ON w.id = s.workflow_id WHERE s.active`

/** What people decide about types and statuses, and what becomes of stored rows by it. */
export const configuring: Chapter = (given) => {
  given('adds, changes and deletes levels, and moves what uses them', async ({ on, stored }) => {
    await on.visit('Hierarchies')
    await addLevel(on, 'Initiative', '3')
    await addLevel(on, 'Theme', '4')
    await openEntry(on, 'Edit', { table: 'Hierarchies', name: 'Theme', says: '4' })
    await on.dialog.getByLabel('Level number').fill('5')
    await save(on)

    await on.visit('Work item types')
    await addType(on, { type: 'epic', called: 'Big thing', level: 'Initiative' })
    await stored(EPICS).toEqual([{ mapped_name: 'Big thing', mapped_level: 3, level_name: 'Initiative' }])

    await on.visit('Hierarchies')
    await on.press('Delete Initiative')
    await on.dialog.getByRole('listitem').filter({ hasText: 'epic (wit mapping)' }).waitFor()
    await on.dialog.getByLabel('Move them to').selectOption('Theme')
    await on.press('Move and delete')
    await on.dialogCloses()
    await stored(EPICS).toEqual([{ mapped_name: 'Big thing', mapped_level: 5, level_name: 'Theme' }])
    await stored(LEVELS).toEqual([{ level_name: 'Theme', level_number: 5 }])
  })

  given('changes and deletes types, moves what uses them, and deletes a level that nothing uses', async (day) => {
    const { on, stored } = day
    const epic = { table: 'Work item types', name: 'epic' }
    await on.visit('Work item types')
    await openEntry(on, 'Edit', { ...epic, says: 'Theme' })
    await on.dialog.getByLabel('Called').fill('Epos')
    await save(on)
    await stored(EPICS).toEqual([{ mapped_name: 'Epos', mapped_level: 5, level_name: 'Theme' }])
    // No type is called so.
    await addType(on, { type: 'nonesuch', called: 'Tale', level: 'Theme' })
    await deleteMoving(on, { ...epic, says: 'Epos' }, 'nonesuch')
    await stored(EPICS).toEqual([{ mapped_name: 'Tale', mapped_level: 5, level_name: 'Theme' }])
    await deleteReleasing(on, { ...epic, says: 'Tale' })
    await stored(EPICS).toMatchObject([{ mapped_name: 'Epic', level_name: null }])
    await deleteUnused(on, { ...epic, name: 'nonesuch', says: 'Tale' })
    await stored('SELECT wit_from FROM wits_mappings WHERE active').toEqual([])

    await on.visit('Hierarchies')
    await deleteUnused(on, { table: 'Hierarchies', name: 'Theme', says: '5' })
    await stored(LEVELS).toEqual([])
  })

  given('adds, changes and deletes steps, and moves what uses them', async (day) => {
    const { on, stored } = day
    const name = await busiestStatus(day)
    await on.visit('Workflows')
    await addStep(on, 'Reviewing', '1')
    await addStep(on, 'Building', '2')
    await openEntry(on, 'Edit', { table: 'Workflows', name: 'Building', says: '2' })
    await on.dialog.getByLabel('Name').fill('Making')
    await save(on)

    await on.visit('Statuses')
    await addStatus(on, { status: name, called: 'In review', category: 'In Progress', step: 'Reviewing', review: true })
    await stored(REVIEW).toEqual([{ counted: true }])
    await stored(STEPS).toEqual([{ step_name: 'Reviewing', mapped_name: 'In review' }])

    await on.visit('Workflows')
    await on.press('Delete Reviewing')
    await on.dialog.getByRole('listitem').filter({ hasText: name }).first().waitFor()
    await on.dialog.getByLabel('Move them to').selectOption('Making')
    await on.press('Move and delete')
    await on.dialogCloses()
    await stored(STEPS).toEqual([{ step_name: 'Making', mapped_name: 'In review' }])
    await stored('SELECT step_name FROM workflows WHERE active').toEqual([{ step_name: 'Making' }])
  })

  given('changes and deletes statuses, moves what uses them, and deletes a step that nothing uses', async (day) => {
    const { on, stored } = day
    const name = await busiestStatus(day)
    const named = `SELECT DISTINCT mapped_name, mapped_category FROM statuses WHERE active AND name = '${name}'`
    const busiest = { table: 'Statuses', name }
    await on.visit('Statuses')
    await openEntry(on, 'Edit', { ...busiest, says: 'Making' })
    await on.dialog.getByLabel('Time in this status is review time').uncheck()
    await save(on)
    await stored(REVIEW).toEqual([{ counted: false }])
    // No status is called so.
    await addStatus(on, { status: 'nonesuch', called: 'Again', category: 'To Do', step: 'None', review: false })
    await deleteMoving(on, { ...busiest, says: 'In review' }, 'nonesuch')
    await stored(named).toEqual([{ mapped_name: 'Again', mapped_category: 'To Do' }])
    await deleteReleasing(on, { ...busiest, says: 'Again' })
    await stored(named).toEqual([{ mapped_name: name, mapped_category: 'In Progress' }])
    await deleteUnused(on, { ...busiest, name: 'nonesuch', says: 'Again' })
    await stored('SELECT status_from FROM statuses_mappings WHERE active').toEqual([])

    await on.visit('Workflows')
    await deleteUnused(on, { table: 'Workflows', name: 'Making', says: '2' })
    await stored('SELECT step_name FROM workflows WHERE active').toEqual([])
  })
}

/** The name of the status that most work in progress went through. */
async function busiestStatus({ host }: Day): Promise<string> {
  const [found] = await host.rows<{ name: string }>(`
    SELECT s.name FROM statuses s JOIN changelogs c ON c.from_status_id = s.id
     WHERE s.mapped_category = 'In Progress' GROUP BY s.name ORDER BY count(*) DESC, s.name LIMIT 1`)
  return found?.name ?? ''
}

async function addLevel(on: DashboardPage, name: string, number: string): Promise<void> {
  await on.press('Add level')
  await on.dialog.getByLabel('Name').fill(name)
  await on.dialog.getByLabel('Level number').fill(number)
  await save(on)
  await on.row('Hierarchies', name).waitFor()
}

interface NewType {
  readonly type: string
  readonly called: string
  readonly level: string
}

async function addType(on: DashboardPage, { type, called, level }: NewType): Promise<void> {
  await on.press('Add mapping')
  await on.dialog.getByLabel('Type at the provider').fill(type)
  await on.dialog.getByLabel('Called').fill(called)
  await choose(on.dialog.getByLabel('Level'), level)
  await save(on)
  await on.row('Work item types', type).waitFor()
}

async function addStep(on: DashboardPage, name: string, order: string): Promise<void> {
  await on.press('Add step')
  await on.dialog.getByLabel('Name').fill(name)
  await on.dialog.getByLabel('Order').fill(order)
  await on.dialog.getByLabel('Category').selectOption('In Progress')
  await save(on)
  await on.row('Workflows', name).waitFor()
}

interface NewStatus {
  readonly status: string
  readonly called: string
  readonly category: string
  readonly step: string
  readonly review: boolean
}

async function addStatus(on: DashboardPage, { status, called, category, step, review }: NewStatus): Promise<void> {
  await on.press('Add mapping')
  await on.dialog.getByLabel('Status at the provider').fill(status)
  await on.dialog.getByLabel('Called').fill(called)
  await on.dialog.getByLabel('Category').selectOption(category)
  await on.dialog.getByLabel('Workflow step').selectOption(step)
  await on.dialog.getByLabel('Time in this status is review time').setChecked(review)
  await save(on)
  await on.row('Statuses', status).waitFor()
}
