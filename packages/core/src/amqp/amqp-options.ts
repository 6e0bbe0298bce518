import { z } from 'zod'
import { describeIssues } from '../engine/failure.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'

export interface AmqpBrokerOptions {
  /** amqp://user:password@host:port/vhost, or amqps:// */
  readonly url: string
  /** Put before the name of every queue and exchange, so that several systems share a virtual host. @default '' */
  readonly prefix?: string
  /**
   * How long a delayed message stays away. It is an argument of the delay queues: changing it means deleting them.
   * @default 15_000
   */
  readonly delayMs?: number
  /** A message that was handed to consumers so often without being settled goes to `etl.failed`. @default 20 */
  readonly deliveryLimit?: number
  /** How long to wait for the broker to confirm a message. @default 10_000 */
  readonly confirmTimeoutMs?: number
  /** Shown in the broker's list of connections. @default 'millrace' */
  readonly connectionName?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
}

const schema = z.object({
  url: z.url({ protocol: /^amqps?$/, hostname: /.+/ }),
  prefix: z
    .string()
    .max(64)
    .regex(/^[\w.:-]*$/)
    .default(''),
  delayMs: z.int().min(10).max(3_600_000).default(15_000),
  deliveryLimit: z.int().min(1).max(1_000).default(20),
  confirmTimeoutMs: z.int().min(100).default(10_000),
  connectionName: z.string().default('millrace'),
})

export type AmqpSettings = z.output<typeof schema>

/** @throws INVALID_CONFIG naming what is wrong, without the URL, which holds a password */
export function readOptions({
  url,
  prefix,
  delayMs,
  deliveryLimit,
  confirmTimeoutMs,
  connectionName,
}: AmqpBrokerOptions): AmqpSettings {
  const read = schema.safeParse({ url, prefix, delayMs, deliveryLimit, confirmTimeoutMs, connectionName })
  if (read.success) return read.data
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to configure the AMQP broker: ${describeIssues(read.error)}. Give a URL such as amqp://user:password@host:5672/vhost.`,
  })
}
