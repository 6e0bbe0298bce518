export { type AmqpBroker, amqpBroker } from './amqp-broker.ts'
export type { AmqpBrokerOptions } from './amqp-options.ts'
