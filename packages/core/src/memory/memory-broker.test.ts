import { expect, test } from 'vitest'
import type { Arrival } from '../ports/broker.ts'
import { nextTurn } from '../system/next-turn.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { type MemoryBrokerOptions, memoryBroker } from './memory-broker.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = ({ body }: Pick<Arrival, 'body'>): string => new TextDecoder().decode(body)

function setUp(options: Partial<MemoryBrokerOptions> = {}) {
  const clock = virtualClock(0)
  const broker = memoryBroker({ clock, delayMs: 10, ...options })
  const publish = (...bodies: readonly string[]) =>
    broker.publish(bodies.map((body) => ({ queue: 'q', id: body, body: bytes(body) })))
  const waiting = () => broker.waiting('q').map((body) => text({ body }))
  const consume = (prefetch: number) => {
    const arrivals: Arrival[] = []
    const subscription = broker.consume('q', { prefetch }).subscribe((arrival) => arrivals.push(arrival))
    return { arrivals, seen: () => arrivals.map(text), stop: () => subscription.unsubscribe() }
  }
  return { broker, clock, publish, waiting, consume }
}

test('it delivers in order, and no more than the prefetch at once', async () => {
  const { publish, consume, waiting } = setUp()
  const consumer = consume(2)
  expect(await publish('a', 'b', 'c', 'd')).toEqual({ failed: [] })
  await nextTurn()
  expect(consumer.seen()).toEqual(['a', 'b'])
  consumer.arrivals[0]?.ack()
  consumer.arrivals[0]?.ack()
  await nextTurn()
  expect(consumer.seen()).toEqual(['a', 'b', 'c'])
  expect(waiting()).toEqual(['d'])
})

test('what is requeued, unsettled when its consumer leaves, or delayed comes again; what is rejected does not', async () => {
  const { broker, clock, publish, consume, waiting } = setUp()
  const first = consume(3)
  await publish('a', 'b', 'c')
  await nextTurn()
  first.arrivals[1]?.reject()
  first.arrivals[2]?.delay()
  first.stop()
  expect(waiting()).toEqual(['a'])
  expect(broker.rejected.map((body) => text({ body }))).toEqual(['b'])
  await clock.advance(10)
  const second = consume(1)
  await nextTurn()
  second.arrivals[0]?.requeue()
  await nextTurn()
  second.arrivals[1]?.ack()
  await nextTurn()
  expect(second.seen()).toEqual(['a', 'a', 'c'])
})

test('messages are lost, doubled, returned, unconfirmed and reordered as a test asks', async () => {
  const fates: Record<string, number | 'unroutable' | 'unconfirmed'> = {
    lost: 0,
    twice: 2,
    returned: 'unroutable',
    unconfirmed: 'unconfirmed',
  }
  const { broker, publish, consume, waiting } = setUp({
    fate: ({ id }) => fates[id] ?? 1,
    next: (count) => count - 1,
  })
  expect(await publish('lost', 'twice', 'returned', 'unconfirmed', 'last')).toEqual({ failed: [2, 3] })
  expect(waiting()).toEqual(['twice', 'twice', 'unconfirmed', 'last'])
  const consumer = consume(4)
  await nextTurn()
  expect(consumer.seen()).toEqual(['last', 'unconfirmed', 'twice', 'twice'])
  await publish('late')
  broker.wipe()
  expect(waiting()).toEqual([])
})

test('a cut connection puts back what is unsettled, and refuses until it is restored', async () => {
  const { broker, publish, consume, waiting } = setUp()
  const consumer = consume(1)
  await publish('a')
  await nextTurn()
  broker.disconnect()
  expect(waiting()).toEqual(['a'])
  consumer.arrivals[0]?.ack()
  await expect(publish('b')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
  await expect(broker.depths(['q'])).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
  broker.reconnect()
  await nextTurn()
  expect(consumer.seen()).toEqual(['a', 'a'])
  expect(await broker.depths(['q'])).toEqual(new Map([['q', { messages: 0, consumers: 1 }]]))
  await broker.close()
  await expect(publish('c')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
})
