import { type Channel, connect } from 'amqplib'
import { systemRandom } from '../../system/system-random.ts'
import { type AmqpBroker, amqpBroker } from '../amqp-broker.ts'
import { type AmqpBrokerOptions, readOptions } from '../amqp-options.ts'
import { topology } from '../amqp-topology.ts'

/** For tests: queues of their own on a broker that others use as well. */
export interface ScratchBroker {
  readonly prefix: string
  /** Opens a broker on the queues of this test; closed in the end. */
  open(options?: Partial<AmqpBrokerOptions>): AmqpBroker
  /** What an operator or a stranger does, with names as the broker knows them. */
  readonly channel: Channel
  nameOf(queue: string): string
  /** Everything that waits in a queue, taken out of it. */
  drain(queue: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function scratchBroker(url: string): Promise<ScratchBroker> {
  const prefix = `test-${systemRandom.id().slice(0, 8)}.`
  const model = await connect(url)
  const channel = await model.createConfirmChannel()
  const layout = topology(readOptions({ url, prefix }))
  const opened: AmqpBroker[] = []
  return {
    prefix,
    open(options = {}) {
      const broker = amqpBroker({ url, prefix, ...options })
      opened.push(broker)
      return broker
    },
    channel,
    nameOf: layout.nameOf,
    async drain(queue) {
      const found: string[] = []
      for (;;) {
        const message = await channel.get(layout.nameOf(queue), { noAck: true })
        if (!message) return found
        found.push(message.content.toString())
      }
    },
    async close() {
      for (const broker of opened) await broker.close()
      for (const { name } of layout.queues) await channel.deleteQueue(name)
      for (const { name } of layout.exchanges) await channel.deleteExchange(name)
      await model.close()
    },
  }
}
