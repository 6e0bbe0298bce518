import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Arrival } from '../ports/broker.ts'
import { amqpBroker } from './amqp-broker.ts'
import { readOptions } from './amqp-options.ts'
import { topology } from './amqp-topology.ts'
import { type ScratchBroker, scratchBroker } from './testing/scratch-broker.ts'

const url = process.env.AMQP_URL
const QUEUE = 'transform_queue_free'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = ({ body }: Arrival): string => new TextDecoder().decode(body)
const message = (body: string, queue = QUEUE) => ({ queue, id: body, body: bytes(body) })

test('options that cannot work are refused, without showing the URL', () => {
  const secret = 'http://user:secret@host'
  expect(() => amqpBroker({ url: secret })).toThrow('Failed to configure the AMQP broker: url')
  expect(() => amqpBroker({ url: secret })).not.toThrow('secret@')
  expect(() => amqpBroker({ url: 'amqp://host', prefix: 'a b' })).toThrow('prefix')
})

test('the queues are those of the specification', () => {
  const { queues } = topology(readOptions({ url: 'amqp://host', prefix: 'p.' }))
  const byName = new Map(queues.map((queue) => [queue.name, queue.arguments]))
  expect([...byName.keys()].sort()).toEqual(
    [
      ...['free', 'basic', 'premium', 'enterprise'].flatMap((tier) =>
        ['extraction', 'transform', 'embedding', 'delay'].map((kind) => `p.${kind}_queue_${tier}`),
      ),
      ...['etl.jobs', 'etl.custom_fields', 'etl.failed', 'etl.delayed'].map((name) => `p.${name}`),
    ].sort(),
  )
  expect(byName.get('p.etl.jobs')).toMatchObject({
    'x-message-ttl': 3_600_000,
    'x-dead-letter-exchange': 'p.etl.dlx',
    'x-dead-letter-routing-key': 'failed',
  })
  expect(byName.get('p.etl.custom_fields')).toMatchObject({ 'x-message-ttl': 600_000 })
  expect(byName.get('p.etl.failed')).toMatchObject({
    'x-message-ttl': 86_400_000,
    'x-max-length': 1_000,
    'x-overflow': 'drop-head',
  })
  for (const given of byName.values()) expect(given).toMatchObject({ 'x-queue-type': 'quorum', 'x-delivery-limit': 20 })
})

describe.skipIf(!url)('a broker that talks AMQP', () => {
  let scratch: ScratchBroker
  beforeAll(async () => {
    scratch = await scratchBroker(url ?? '')
    await scratch.open().ready(60_000)
  })
  afterAll(() => scratch.close())

  const collect = (broker = scratch.open(), prefetch = 2, queue = QUEUE) => {
    const arrivals: Arrival[] = []
    const subscription = broker.consume(queue, { prefetch }).subscribe((arrival) => arrivals.push(arrival))
    const seen = (): readonly string[] => arrivals.map(text)
    return {
      arrivals,
      seen,
      stop: () => subscription.unsubscribe(),
      until: (...bodies: string[]) => expect.poll(seen).toEqual(bodies),
    }
  }

  test('delivers what was confirmed, in order, and no more than the prefetch at once', async () => {
    const broker = scratch.open()
    await broker.ready(60_000)
    expect(await broker.publish(['a', 'b', 'c'].map((body) => message(body)))).toEqual({ failed: [] })
    const consumer = collect(broker)
    await consumer.until('a', 'b')
    consumer.arrivals[0]?.ack()
    consumer.arrivals[0]?.ack()
    await consumer.until('a', 'b', 'c')
    await expect
      .poll(() => broker.depths([QUEUE, 'no_such_queue']))
      .toEqual(new Map([[QUEUE, { messages: 0, consumers: 1 }]]))
    consumer.arrivals[1]?.ack()
    consumer.stop()
    // What was not acknowledged goes back.
    const next = collect(broker)
    await next.until('c')
    next.arrivals[0]?.ack()
    next.stop()
  })

  test('puts back, delays and drops as it is told', async () => {
    const other = await scratchBroker(url ?? '')
    onTestFinished(() => other.close())
    const broker = other.open({ delayMs: 50 })
    await broker.ready(60_000)
    const consumer = collect(broker, 1)
    await broker.publish([message('a'), message('b')])
    await consumer.until('a')
    consumer.arrivals[0]?.requeue()
    await expect.poll(() => consumer.arrivals.length).toBe(2)
    consumer.arrivals[1]?.delay()
    await expect.poll(() => consumer.arrivals.length).toBe(3)
    consumer.arrivals[2]?.reject()
    await expect.poll(() => consumer.arrivals.length).toBe(4)
    expect(consumer.seen().toSorted()).toEqual(['a', 'a', 'a', 'b'])
    consumer.arrivals[3]?.ack()
    consumer.stop()
    await expect.poll(async () => (await other.drain('etl.failed')).length).toBe(1)
  })

  test('a message that no queue takes counts as not published, and the queue is declared again', async () => {
    const broker = scratch.open()
    await broker.ready(60_000)
    await scratch.channel.deleteQueue(scratch.nameOf('embedding_queue_basic'))
    const messages = [message('a'), message('b', 'embedding_queue_basic')]
    expect(await broker.publish(messages)).toEqual({ failed: [1] })
    await expect.poll(async () => (await broker.publish(messages.slice(1))).failed).toEqual([])
    expect(await scratch.drain('embedding_queue_basic')).toEqual(['b'])
    expect(await scratch.drain(QUEUE)).toEqual(['a'])
  })

  test('who consumes at once on a broker without any queues waits for them without a warning', async () => {
    const other = await scratchBroker(url ?? '')
    onTestFinished(() => other.close())
    const complaints: string[] = []
    const complain = (_facts: object, message: string): void => void complaints.push(message)
    const broker = other.open({ log: { ...silentLogger, warn: complain, error: complain } })
    const consumers = ['etl.jobs', QUEUE, 'embedding_queue_basic'].map((queue) => collect(broker, 1, queue))
    await broker.ready(60_000)
    await expect.poll(async () => (await broker.depths([QUEUE])).get(QUEUE)?.consumers).toBe(1)
    for (const consumer of consumers) consumer.stop()
    expect(complaints).toEqual([])
  })

  test('a consumer whose queue is deleted consumes the new one', async () => {
    const broker = scratch.open({ confirmTimeoutMs: 300 })
    await broker.ready(60_000)
    const queue = 'embedding_queue_premium'
    const consumer = collect(broker, 2, queue)
    await expect.poll(async () => (await broker.depths([queue])).get(queue)?.consumers).toBe(1)
    await scratch.channel.deleteQueue(scratch.nameOf(queue))
    // A queue that is being deleted may take a message along, confirmed or not.
    const publishAgain = () => broker.publish([message('again', queue)]).then(consumer.seen)
    await vi.waitFor(async () => expect(await publishAgain()).toContain('again'), 30_000)
    consumer.stop()
  })

  test('large batches are confirmed as a whole', async () => {
    const broker = scratch.open()
    await broker.ready(60_000)
    const body = 'x'.repeat(20_000)
    const messages = Array.from({ length: 300 }, (_, index) => ({
      ...message(body, 'embedding_queue_enterprise'),
      id: `${index}`,
    }))
    expect(await broker.publish(messages)).toEqual({ failed: [] })
    await scratch.channel.purgeQueue(scratch.nameOf('embedding_queue_enterprise'))
  })

  test('a queue with other arguments is named, with what to do about it', async () => {
    const other = await scratchBroker(url ?? '')
    onTestFinished(() => other.close())
    await other.channel.assertQueue(other.nameOf('etl.jobs'), {
      durable: true,
      arguments: { 'x-queue-type': 'classic' },
    })
    const broker = other.open()
    const refusal = expect(broker.ready()).rejects
    await refusal.toMatchObject({ code: 'BROKER_TOPOLOGY' })
    await refusal.toThrow(
      new RegExp(
        `Failed to declare queue ${other.prefix}etl.jobs: it exists with other arguments \\(inequivalent arg.*\\)\\. Delete it`,
      ),
    )
    await other.channel.deleteQueue(other.nameOf('etl.jobs'))
    await vi.waitFor(() => broker.ready(), 60_000)
  })

  test('a broker that cannot be reached is said to be, without its password, and closing ends the trying', async () => {
    const broker = amqpBroker({ url: 'amqp://user:secret@127.0.0.1:1' })
    const consumer = broker.consume(QUEUE, { prefetch: 1 }).subscribe()
    await expect(broker.publish([message('a')])).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
    const failure = await broker.ready(300).catch((error: unknown) => error)
    expect(String(failure)).toMatch(/Failed to reach the broker: .*ECONNREFUSED/)
    expect(String(failure)).not.toContain('secret')
    await broker.close()
    await broker.close()
    expect(consumer.closed).toBe(true)
  })
})
