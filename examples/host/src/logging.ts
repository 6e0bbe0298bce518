import { Writable } from 'node:stream'
import type { Logger } from '@millrace/core'
import { destination, multistream, pino } from 'pino'
import { z } from 'zod'
import type { HostOptions } from './options.ts'
import type { Display } from './progress/display.ts'

/** Fields that must never be logged, however deep they are found. */
export const REDACTED = [
  'apiToken',
  'token',
  'password',
  'authorization',
  'credentials',
  'secret',
  'key',
  'url',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

const WARNING = 40
const line = z.object({ level: z.number(), msg: z.string() })

/** JSON lines on standard error; and warnings as notes beside the progress, because people wait for what they are about. */
export function createLogger(level: HostOptions['logLevel'], display: Display): Logger {
  const notes = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const parsed = line.safeParse(JSON.parse(chunk.toString('utf8')))
      if (parsed.success && parsed.data.level === WARNING) display.note(parsed.data.msg)
      done()
    },
  })
  const streams = [
    { level: 'warn' as const, stream: notes },
    ...(level === 'silent' ? [] : [{ level, stream: destination({ dest: 2, sync: true }) }]),
  ]
  const most = level === 'debug' || level === 'info' ? level : 'warn'
  return pino({ level: most, redact: REDACTED }, multistream(streams))
}
