import type { Database, Secrets } from '@millrace/sink-postgres'
import type { z } from 'zod'
import type { Display } from '../progress/display.ts'
import type { Vectors } from '../vectors/open-vectors.ts'
import type { KeyFile } from './key-file.ts'
import { wrongInput } from './wrong-input.ts'

/** What a command has to say: data for machines, and what people see of it. */
export interface Answer {
  readonly json: unknown
  /** Rows of a table … */
  readonly table?: readonly object[]
  /** … or lines, before the table if there is one … */
  readonly lines?: readonly string[]
  /** … or bytes, as they are. */
  readonly bytes?: readonly Uint8Array[]
  /** Something was done, and it failed: the exit code says so. */
  readonly failed?: boolean
}

/** What commands share: opened when they first ask for it. */
export interface Surroundings {
  readonly db: Database
  /** Whether the database lives in this process, so that no other process can work on it. */
  readonly embedded: boolean
  /** The tenant that was named, or the only one. @throws INVALID_CONFIG when there are several and none was named */
  tenantId(): Promise<number>
  secrets(): Promise<Secrets>
  /** Where vectors are, and what makes them. @throws INVALID_CONFIG when there is no place for them */
  vectors(): Promise<Vectors>
  /** The same, for what works without them as well. */
  mayHaveVectors(): Promise<Vectors | undefined>
  readonly keyFile: KeyFile
  /** How far something has come that takes long; on standard error, and not for machines. */
  readonly display: Display
  /** Who does this, for the audit log. */
  readonly actor: string
}

/** One command, in a file of its own, with one function of the SDK behind it. */
export interface Command {
  /** As it is typed, for example `dead-letters list`. */
  readonly name: string
  readonly summary: string
  /** Arguments in commander's notation: `<id>`, `[ids...]`. */
  readonly arguments?: readonly string[]
  /** Options in commander's notation, with what they mean. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[]
  /** What cannot be undone: then it asks for `--yes`. */
  readonly destroys?: string
  /** Makes an embedded database where there is none; other commands take that for a slip of the pen. */
  readonly founds?: boolean
  /** Works on a database that is not migrated yet. */
  readonly anySchema?: boolean
  run(surroundings: Surroundings, given: unknown): Promise<Answer>
}

/** Declares a command; `input` judges its options and arguments, by name. */
export function defineCommand<Schema extends z.ZodType>(
  command: Omit<Command, 'run'> & {
    readonly input: Schema
    run(surroundings: Surroundings, input: z.output<Schema>): Promise<Answer>
  },
): Command {
  const { input, run, ...rest } = command
  return { ...rest, run: (surroundings, given) => run(surroundings, judge(input, given, command.name)) }
}

function judge<Schema extends z.ZodType>(schema: Schema, given: unknown, name: string): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw wrongInput(
    name,
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`),
  )
}
