import { Observable, of, Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { pullPages } from './pull-pages.ts'

const { signal } = new AbortController()
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Pages 1..count that write down when they are asked for and when they are given up. */
function pages(count: number, log: string[]): AsyncGenerator<number> {
  return (async function* () {
    try {
      for (let page = 1; page <= count; page++) {
        log.push(`request ${page}`)
        yield page
      }
    } finally {
      log.push('closed')
    }
  })()
}

async function drain<T>(source: AsyncIterable<{ readonly page: T }>): Promise<T[]> {
  const seen: T[] = []
  for await (const { page } of source) seen.push(page)
  return seen
}

test('one page is requested ahead while the consumer works, and no more', async () => {
  const log: string[] = []
  for await (const { page } of pullPages(pages(4, log), { signal })) {
    log.push(`work ${page}`)
    await turn()
    log.push(`done ${page}`)
  }
  expect(log.slice(0, 7)).toEqual(['request 1', 'work 1', 'request 2', 'done 1', 'work 2', 'request 3', 'done 2'])
})

test('without prefetch a page is requested when it is wanted', async () => {
  const log: string[] = []
  for await (const { page } of pullPages(pages(2, log), { signal, prefetch: 0 })) {
    await turn()
    log.push(`done ${page}`)
  }
  expect(log).toEqual(['request 1', 'done 1', 'request 2', 'done 2', 'closed'])
})

test('a number drawn before each pull is older than the request of its page', async () => {
  const log: string[] = []
  let drawn = 0
  const beforePull = async (): Promise<number> => {
    await turn()
    log.push(`draw ${++drawn}`)
    return drawn
  }
  const paired = await Array.fromAsync(pullPages(pages(3, log), { signal, beforePull }))
  expect(paired).toEqual([1, 2, 3].map((number) => ({ page: number, before: number })))
  expect(log).toEqual(['draw 1', 'request 1', 'draw 2', 'request 2', 'draw 3', 'request 3', 'draw 4', 'closed'])
})

test('pulls never overlap, however far ahead they are asked for', async () => {
  let running = 0
  let asked = 0
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        expect(++running).toBe(1)
        await turn()
        running -= 1
        asked += 1
        return asked > 9 ? { done: true, value: undefined } : { done: false, value: asked }
      },
    }),
  }
  expect(await drain(pullPages(source, { signal, prefetch: 3 }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('leaving early tells the owner, waits for the pull in flight and closes the generator', async () => {
  const log: string[] = []
  const options = { signal, onClose: () => log.push('told') }
  for await (const { page } of pullPages(pages(9, log), options)) {
    await turn()
    if (page === 2) break
  }
  expect(log).toEqual(['request 1', 'request 2', 'request 3', 'told', 'closed'])
})

test('aborting ends the iteration with its reason, also when the source does not listen', async () => {
  const controller = new AbortController()
  const silent: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
  }
  const iteration = pullPages(silent, { signal: controller.signal }).next()
  await turn()
  controller.abort(new Error('cancelled'))
  await expect(iteration).rejects.toThrow('cancelled')
  await expect(pullPages([1], { signal: controller.signal }).next()).rejects.toThrow('cancelled')
})

test('a failure comes after the pages before it', async () => {
  async function* source(): AsyncGenerator<number> {
    yield 1
    throw new Error('page 2 is broken')
  }
  const seen: number[] = []
  const all = (async () => {
    for await (const { page } of pullPages(source(), { signal })) {
      seen.push(page)
      await turn()
    }
  })()
  await expect(all).rejects.toThrow('page 2 is broken')
  expect(seen).toEqual([1])
})

test('a failure to draw ends the iteration and closes the source', async () => {
  const log: string[] = []
  let draws = 0
  const beforePull = async (): Promise<void> => {
    if (++draws === 2) throw new Error('no numbers left')
  }
  await expect(drain(pullPages(pages(3, log), { signal, beforePull }))).rejects.toThrow('no numbers left')
  expect(log).toEqual(['request 1', 'closed'])
})

test('an Observable is accepted, each page with what was drawn before it was subscribed', async () => {
  let draws = 0
  const beforePull = async (): Promise<number> => ++draws
  const paired = await Array.fromAsync(pullPages(of('a', 'b', 'c'), { signal, beforePull }))
  expect(paired).toEqual(['a', 'b', 'c'].map((page) => ({ page, before: 1 })))
})

test('arrays and promises are accepted', async () => {
  expect(await drain(pullPages([1, 2], { signal }))).toEqual([1, 2])
  expect(await drain(pullPages(Promise.resolve('only'), { signal }))).toEqual(['only'])
})

test('an Observable that outruns the consumer fails after its buffered pages', async () => {
  const many = of(1, 2, 3, 4, 5)
  const seen: number[] = []
  const all = (async () => {
    for await (const { page } of pullPages(many, { signal, bufferLimit: 3 })) seen.push(page)
  })()
  await expect(all).rejects.toMatchObject({ code: 'BUFFER_OVERFLOW' })
  expect(seen).toEqual([1, 2, 3])
})

test('leaving early unsubscribes from an Observable', async () => {
  let subscribed = 0
  const source = new Subject<number>()
  const counted = new Observable<number>((subscriber) => {
    subscribed += 1
    const inner = source.subscribe(subscriber)
    return () => {
      subscribed -= 1
      inner.unsubscribe()
    }
  })
  const iteration = pullPages(counted, { signal })
  const first = iteration.next()
  await turn()
  source.next(1)
  expect((await first).value).toMatchObject({ page: 1 })
  expect(subscribed).toBe(1)
  await iteration.return()
  expect(subscribed).toBe(0)
})

test('an Observable that fails hands over its pages first', async () => {
  const failing = new Observable<number>((subscriber) => {
    subscriber.next(1)
    subscriber.error(new Error('lost'))
  })
  const iteration = pullPages(failing, { signal })
  expect((await iteration.next()).value).toMatchObject({ page: 1 })
  await expect(iteration.next()).rejects.toThrow('lost')
})
