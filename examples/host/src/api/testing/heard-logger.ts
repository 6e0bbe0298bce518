import { Writable } from 'node:stream'
import type { Logger } from '@millrace/core'
import { pino } from 'pino'
import { REDACTED } from '../../logging.ts'

/** A logger as the program has it, at its most talkative, and what it said. */
export function heardLogger(): { readonly log: Logger; readonly said: () => string } {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  return { log: pino({ level: 'debug', redact: REDACTED }, sink), said: () => lines.join('') }
}
