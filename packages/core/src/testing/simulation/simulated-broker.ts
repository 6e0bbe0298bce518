import { Observable } from 'rxjs'
import { type MemoryBroker, memoryBroker } from '../../memory/memory-broker.ts'
import type { Arrival, Broker } from '../../ports/broker.ts'
import type { Dice } from './dice.ts'
import type { Actor, Director } from './director.ts'
import { overridePort } from './override-port.ts'
import type { SimulatedProcess } from './simulated-process.ts'

export interface SimulatedBrokerOptions {
  readonly dice: Dice
  readonly director: Director
  readonly outside: Actor
  /** How often a message is lost, repeated or left in doubt. */
  readonly faults: () => number
}

/** A broker that keeps as few promises as a broker may: it loses, repeats and reorders messages. */
export function simulatedBroker({ dice, director, outside, faults }: SimulatedBrokerOptions): MemoryBroker {
  const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const callOff = director.holdUntil(director.now() + delayMs, outside, 'a delayed message comes back', resolve)
      signal?.addEventListener('abort', () => {
        callOff()
        reject(signal.reason)
      })
    })
  return memoryBroker({
    clock: { now: director.now, monotonic: director.now, sleep },
    fate: () => (dice.chance(faults()) ? dice.pick([0, 2, 3, 'unroutable', 'unconfirmed'] as const) : 1),
    next: (waiting) => dice.between(0, waiting - 1),
  })
}

/** The broker as one process reaches it. What it has not settled when it dies is delivered again. */
export function brokerOf(process: SimulatedProcess, broker: Broker, director: Director): Broker {
  const later = (label: string, settle: () => void) => (): void => {
    director.hold(process, label, settle)
  }
  const atProcess = (arrival: Arrival): Arrival => ({
    ...arrival,
    ack: later('broker.ack', arrival.ack),
    requeue: later('broker.requeue', arrival.requeue),
    reject: later('broker.reject', arrival.reject),
    delay: later('broker.delay', arrival.delay),
  })
  return overridePort(broker, {
    publish: (messages) =>
      process.call({ port: 'broker', method: 'publish', args: [messages] }, () => broker.publish(messages)),
    depths: (queues) => process.call({ port: 'broker', method: 'depths', args: [queues] }, () => broker.depths(queues)),
    consume: (queue, options) =>
      new Observable((subscriber) => {
        const subscription = broker.consume(queue, options).subscribe((arrival) => {
          director.hold(process, `a message of ${queue} arrives`, () => subscriber.next(atProcess(arrival)))
        })
        process.onDeath(() => subscription.unsubscribe())
        return subscription
      }),
  })
}
