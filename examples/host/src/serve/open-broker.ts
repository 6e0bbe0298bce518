import { type BrokerTransportOptions, brokerTransport, type Ledger, type Logger, type Transport } from '@millrace/core'
import { type AmqpBroker, amqpBroker } from '@millrace/core/amqp'
import { type Database, postgresOutbox } from '@millrace/sink-postgres'
import type { ServeOptions } from './serve-options.ts'

/** Connects in the background, now and whenever the connection is lost. Undefined where rows travel without a broker. */
export function openBroker({ amqp }: ServeOptions, log: Logger): AmqpBroker | undefined {
  return amqp && amqpBroker({ ...amqp, log })
}

/** What brings rows from the ledger to workers by way of the broker. */
export function transportOver(
  broker: AmqpBroker,
  ledger: Ledger,
  db: Database,
  options: Pick<BrokerTransportOptions, 'onRequest' | 'log'>,
): Transport {
  return brokerTransport({ broker, ledger, outbox: postgresOutbox(db), ...options })
}
