import { expect, test } from 'vitest'
import { pagesInHand } from './pages-in-hand.ts'

const page = (...bodies: readonly (string | Uint8Array)[]) => ({ bodies, next: null })

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false
  promise.then(() => {
    settled = true
  })
  await new Promise(setImmediate)
  return settled
}

test('a unit with a page in hand waits until the process has room again, whoever makes it', async () => {
  const pages = pagesInHand(10)
  const first = pages.open()
  const second = pages.open()
  const large = page('12345', new Uint8Array(5))
  first.take(page('1'))
  expect(await isSettled(first.room())).toBe(true)
  second.take(large)
  const waiting = first.room()
  expect(await isSettled(waiting)).toBe(false)
  second.put(large)
  await waiting
})

test('a unit that has no page in hand never waits', async () => {
  const pages = pagesInHand(1)
  pages.open().take(page('much more than that'))
  await pages.open().room()
})

test('a unit that is given up makes room, and waits no more', async () => {
  const pages = pagesInHand(1)
  const given = pages.open()
  const other = pages.open()
  for (const unit of [given, other]) unit.take(page('a'))
  const waiting = [given.room(), other.room()]
  given.close()
  await waiting[0]
  expect(await isSettled(waiting[1] ?? Promise.resolve())).toBe(false)
  // What comes too late is nobody's any more.
  given.take(page('b'))
  given.put(page('c'))
  given.close()
  other.put(page('a'))
  await waiting[1]
  await other.room()
})
