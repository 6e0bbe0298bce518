import type { ObservableInput } from 'rxjs'
import { z } from 'zod'
import type { RunMode } from '../ports/run-mode.ts'
import type { Change } from './change.ts'
import type { Context, Lookup } from './context.ts'
import type { AnyEntity } from './entity.ts'

/** A unit of another step that a page discovered; made by `otherStep.spawn(unit)`. */
export interface Spawn {
  readonly step: string
  readonly unit: unknown
}

/**
 * One page of a unit: the response body or bodies as received, which together are complete for what the transformer
 * derives from them (unless a record is the whole unit), and where to go on. `next: null` ends the unit, in the same transaction that stores the page.
 */
export type Page<Cursor> = {
  readonly next: Cursor | null
  readonly spawn?: readonly Spawn[]
} & ({ readonly body: RawBody } | { readonly bodies: readonly RawBody[] })

/** A body as it came off the wire; text is stored as UTF-8. */
export type RawBody = string | Uint8Array

/**
 * One stored page, or all pages of a unit whose step says so, parsed: `body` is the first body, `bodies` are all of them, in the order in which they were yielded.
 */
export interface RawRecord<Body, Unit = unknown> {
  /** The unit that the page was read for: many answers do not name their subject. */
  readonly unit: Unit
  readonly body: Body
  readonly bodies: readonly Body[]
}

/** What a step's author writes. */
export interface StepSpec<
  Config,
  Name extends string,
  UnitSchema extends z.ZodType,
  CursorSchema extends z.ZodType,
  BodySchema extends z.ZodType,
> {
  /** Unique within the connector, snake_case; it is the `type` of the step's messages. */
  readonly name: Name
  /** For people. Default: the name, humanized. */
  readonly displayName?: string
  /** Schema of a unit, the grain of parallelism. Default: one unit, `{}`, for the whole step. */
  readonly unit?: UnitSchema
  /** Schema of a cursor. Default: any JSON. A stored cursor that no longer parses restarts its unit, with a warning. */
  readonly cursor?: CursorSchema
  /** Schema of one body. Default: any JSON. */
  readonly body?: BodySchema
  /**
   * The property of a body that holds records which can be transformed without each other. When one is bad, it becomes
   * a dead row of its own and the others are loaded. Default: none, then a bad record takes its page with it.
   */
  readonly items?: KeyOfUnion<z.output<BodySchema>>
  /**
   * What a raw record is, and so what `transform` is given: a page, or all pages of a unit together, once it is read to its
   * end. With 'unit' a crash costs a page and not the unit, although nothing can be said before the last page is there; all
   * of it counts as received when its first page was. For units of a bounded size: a record is held in memory. Default: 'page'.
   */
  readonly record?: 'page' | 'unit'
  /** Steps whose loaded rows this one needs: it starts when they are transformed. Default: none. */
  readonly after?: readonly AnyStep[]
  /** Steps into which pages of this one may add units. Cycles are refused. Default: none. */
  readonly spawns?: readonly AnyStep[]
  /**
   * Entities that `ctx.rows` and `lookup` may read. Their rows are held in memory where the transformer declares its second
   * parameter, the lookup, and only there. Default: none.
   */
  readonly reads?: readonly AnyEntity[]
  /**
   * The name under which a job's checkpoint lists units of this step that a run left unread, such as `project_queue`.
   * Default: none; they are listed among all others.
   */
  readonly queueName?: string
  /** Raise it when `transform` changes its output: stored raw records can then be replayed. Default: 1. */
  readonly transformVersion?: number
  /**
   * Reads a unit again only when so long has passed since it was read to its end; a full sync reads it anyway. For what
   * costs much and changes seldom, such as a census. Default: 0, in every run.
   */
  intervalMs?(config: Config): number
  /**
   * Modes in which the step runs; it takes part in a custom-fields sync only if it names it.
   * Default: incremental, full and backfill.
   */
  readonly modes?: readonly RunMode[]
  /** Leaves the step out of a run. Default: it always runs. */
  enabled?(config: Config, options: Context<Config>['options']): boolean
  /** Identity of a unit within its step. Default: its canonical JSON. */
  unitKey?(unit: z.output<UnitSchema>): string
  /**
   * Enumerates the units of a run; they are stored as they come. Default: the one unit `{}`, or none when `unit` is given:
   * then all units are spawned by other steps.
   */
  units?(ctx: Context<Config>): ObservableInput<z.input<UnitSchema>>
  /**
   * Reads a unit from `from` (absent: from its start), one page after the other. A page is asked for while the one before it
   * is transformed and the one before that is stored, never earlier; after a crash it is called again with the last stored
   * `next`. A request for the next page must not be sent before this one is yielded: what was asked for later must be known
   * to be newer.
   */
  extract(
    work: { readonly unit: z.output<UnitSchema>; readonly from?: z.output<CursorSchema> },
    ctx: Context<Config>,
  ): ObservableInput<Page<z.output<CursorSchema>>>
  /** Turns a stored page into changes. Pure and synchronous: the same record and lookup give the same changes. */
  transform(record: RawRecord<z.output<BodySchema>, z.output<UnitSchema>>, lookup: Lookup): Iterable<Change>
}

type KeyOfUnion<Body> = Body extends unknown ? Extract<keyof Body, string> : never

/** A step with its types erased: what engines work with. Everything that comes back from storage is parsed first. */
export interface AnyStep {
  readonly name: string
  readonly displayName: string
  readonly after: readonly AnyStep[]
  readonly spawns: readonly AnyStep[]
  readonly reads: readonly AnyEntity[]
  readonly items: string | undefined
  readonly record: 'page' | 'unit'
  readonly queueName: string | undefined
  readonly transformVersion: number
  /** Whether the transformer takes a lookup. */
  readonly looksUp: boolean
  readonly unit: z.ZodType
  readonly cursor: z.ZodType
  readonly body: z.ZodType
  intervalMs(config: unknown): number
  readonly modes: readonly RunMode[]
  enabled(config: unknown, options: Context<unknown>['options']): boolean
  unitKey(unit: unknown): string
  units(ctx: Context<unknown>): ObservableInput<unknown>
  extract(work: { unit: unknown; from?: unknown }, ctx: Context<unknown>): ObservableInput<Page<unknown>>
  transform(record: RawRecord<unknown>, lookup: Lookup): Iterable<Change>
}

/** A step as its author holds it: `spawn` is typed by the step's unit. */
export interface Step<Name extends string, Unit> extends AnyStep {
  readonly name: Name
  spawn(unit: Unit): Spawn
}

/** Infers the types of one step; handed to `defineConnector`'s `steps`. */
export type DefineStep<Config> = <
  const Name extends string,
  UnitSchema extends z.ZodType = typeof WHOLE_STEP,
  CursorSchema extends z.ZodType = typeof ANY_JSON,
  BodySchema extends z.ZodType = typeof ANY_JSON,
>(
  spec: StepSpec<Config, Name, UnitSchema, CursorSchema, BodySchema>,
) => Step<Name, z.input<UnitSchema>>

/** Schema of the one unit of a step that has no units. */
export const WHOLE_STEP = z.strictObject({})

export const ANY_JSON = z.json()
