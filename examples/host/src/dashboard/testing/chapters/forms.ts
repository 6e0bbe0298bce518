import type { DashboardPage } from '../dashboard-page.ts'

type Select = ReturnType<DashboardPage['page']['getByLabel']>

/** Chooses the option that holds these words. */
export async function choose(select: Select, words: string): Promise<void> {
  const value = await select.locator('option').filter({ hasText: words }).first().getAttribute('value')
  await select.selectOption(value ?? '')
}

/** Saves the form in the dialog, and waits until it is accepted. */
export async function save(on: DashboardPage): Promise<void> {
  await on.press('Save')
  await on.dialogCloses()
}

/** An entry of a page, by its name, once the page says this of it: at first it may show what it read at an earlier visit. */
interface Entry {
  readonly table: string
  readonly name: string
  readonly says: string
}

/** Opens the dialog that changes or deletes an entry. */
export async function openEntry(
  on: DashboardPage,
  act: 'Edit' | 'Delete',
  { table, name, says }: Entry,
): Promise<void> {
  await on.row(table, name).filter({ hasText: says }).waitFor()
  await on.press(`${act} ${name}`)
}

/** Deletes an entry that is used, and moves what uses it to another one. */
export async function deleteMoving(on: DashboardPage, entry: Entry, heir: string): Promise<void> {
  await openEntry(on, 'Delete', entry)
  await on.dialog.getByLabel('Move them to').selectOption({ label: heir })
  await on.press('Move and delete')
  await on.dialogCloses()
}

/** Deletes an entry that is used, and has the provider's word apply again to what uses it. */
export async function deleteReleasing(on: DashboardPage, entry: Entry): Promise<void> {
  await openEntry(on, 'Delete', entry)
  await on.dialog.getByLabel('Move them to').selectOption({ label: 'None: what the provider says applies again' })
  await on.press('Delete')
  await on.dialogCloses()
}

/** Deletes an entry that nothing uses. */
export async function deleteUnused(on: DashboardPage, entry: Entry): Promise<void> {
  await openEntry(on, 'Delete', entry)
  await on.dialog.getByText('Nothing uses it.').waitFor()
  await on.press('Delete')
  await on.dialogCloses()
  await on.row(entry.table, entry.name).waitFor({ state: 'detached' })
}
