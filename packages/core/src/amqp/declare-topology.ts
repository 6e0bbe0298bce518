import type { ChannelModel } from 'amqplib'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Topology } from './amqp-topology.ts'

/** AMQP's reply code for something that exists with other arguments. */
const PRECONDITION_FAILED = 406

/**
 * Declares everything, which changes nothing where it stands already.
 *
 * @throws BROKER_TOPOLOGY when something of that name exists with other arguments
 */
export async function declareTopology(model: ChannelModel, { queues, exchanges, bindings }: Topology): Promise<void> {
  const channel = await model.createChannel()
  // The promise of the call that failed tells; without a listener the event would end the process.
  channel.on('error', () => undefined)
  let declaring = ''
  try {
    for (const { name, type } of exchanges) {
      declaring = `exchange ${name}`
      await channel.assertExchange(name, type, { durable: true })
    }
    for (const queue of queues) {
      declaring = `queue ${queue.name}`
      await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments })
    }
    for (const { queue, exchange, key } of bindings) {
      declaring = `binding of ${queue}`
      await channel.bindQueue(queue, exchange, key)
    }
    await channel.close()
  } catch (error) {
    throw isPreconditionFailed(error) ? explain(declaring, error) : error
  }
}

function isPreconditionFailed(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === PRECONDITION_FAILED
}

function explain(declaring: string, error: Error): MillraceError {
  // The broker names the argument: "inequivalent arg 'x-message-ttl' for queue … received the value … but current is …".
  const difference = /inequivalent arg .*/.exec(error.message)?.[0] ?? error.message
  return new MillraceError('BROKER_TOPOLOGY', {
    message: `Failed to declare ${declaring}: it exists with other arguments (${difference}). Delete it in the broker, which loses nothing since the ledger holds the work, or use another prefix or virtual host.`,
    cause: error,
  })
}
