import { from, lastValueFrom, type ObservableInput, take, toArray } from 'rxjs'
import type { z } from 'zod'
import type { Change } from '../contracts/change.ts'
import type { Connector } from '../contracts/connector.ts'
import type { Context, Lookup, RunOptions, StoredRow, Warning, Window } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import type { AnyStep, Page, RawBody, Spawn } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import { logWarning } from '../logging/log-warning.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { systemClock } from '../system/system-clock.ts'

export interface RunStepOptions<ConfigSchema extends z.ZodType> {
  /** Settings as a user gives them; parsed by the connector's schema. */
  readonly config: z.input<ConfigSchema>
  /** What sends requests, below the policy of `ctx.fetch`. Default: the global `fetch`. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Tries after the first one. Default: 0, so that a test of failures need not wait. */
  readonly retries?: number
  /** Rows that earlier steps loaded, by name of their entity; what `ctx.rows` and `lookup` answer with. Default: none. */
  readonly rows?: { readonly [entity: string]: readonly StoredRow[] }
  /**
   * External ids of those `rows` that this run wrote, by name of their entity: what `ctx.rows` answers with under
   * `changedInRun`. Default: all of them, as in a first run.
   */
  readonly changedInRun?: { readonly [entity: string]: readonly string[] }
  /** What `ctx.upToDateSince` answers with. Default: now, as when earlier steps read all that there is. */
  readonly upToDateSince?: Date | null
  /** Answers instead of `rows` when transforming. */
  readonly lookup?: Lookup
  /** Default: no `since`, until now. */
  readonly window?: Window
  /** Options of the run. Default: none, not a full sync. */
  readonly options?: Partial<RunOptions>
  /** Only this unit. Default: every unit that the step enumerates. */
  readonly unit?: unknown
  /** Where to start each unit, as a stored `next`. Default: at its beginning. */
  readonly from?: unknown
  readonly clock?: Clock
  readonly log?: Logger
  readonly signal?: AbortSignal
  /** Ends a step that never stops paging. Default: 1000 per unit. */
  readonly maxPages?: number
}

/** One page as a step yielded it. */
export interface RunStepPage {
  readonly unit: unknown
  /** The bodies as they were received, parsed as JSON but not by the step's schema. */
  readonly bodies: readonly unknown[]
  readonly next: unknown
  readonly spawn: readonly Spawn[]
}

export interface RunStepResult {
  readonly units: readonly unknown[]
  readonly pages: readonly RunStepPage[]
  /** What the pages were transformed into, in order. */
  readonly changes: readonly Change[]
  /** What the step warned people of, in order. */
  readonly warnings: readonly Warning[]
}

/**
 * Runs one step of a connector without an engine and without storage: enumerates its units, reads each to its end,
 * parses and transforms every page. Units that the step spawns into others are reported, not run.
 *
 * It holds a connector to its contract where an engine could only fail later: units and cursors must be JSON that their
 * schemas accept, spawned units must belong to a step named in `spawns`, rows must match the columns of their entity, and
 * pages must end with `next: null`.
 *
 * ```ts
 * const { changes } = await runStep(tracker, 'tracker_issues', { config: { url: 'http://localhost:4000' } })
 * ```
 *
 * @throws INVALID_CONFIG, INVALID_DEFINITION, INVALID_UNIT, INVALID_BODY, NOT_JSON, TRANSFORM_FAILED, UNIT_INCOMPLETE,
 *   CURSOR_LOOP after `maxPages`, and whatever the step throws
 */
export async function runStep<Name extends string, ConfigSchema extends z.ZodType>(
  connector: Connector<Name, ConfigSchema>,
  stepName: string,
  options: RunStepOptions<ConfigSchema>,
): Promise<RunStepResult> {
  const step = connector.steps.find(({ name }) => name === stepName)
  if (!step) {
    const names = connector.steps.map(({ name }) => name).join(', ')
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to run step ${stepName}: connector ${connector.name} has none of that name. It has ${names}.`,
    })
  }
  const config = parse(connector.config, options.config, 'INVALID_CONFIG', `read the settings of ${connector.name}`)
  checkGivenRows(connector, options.rows ?? {})
  const warnings: Warning[] = []
  const ctx = contextOf(step, config, options, warnings)
  const lookup = options.lookup ?? lookupOf(step, options.rows ?? {})
  const maxPages = options.maxPages ?? 1000

  const units = options.unit === undefined ? await collect(step.units(ctx)) : [options.unit]
  const pages: RunStepPage[] = []
  const changes: Change[] = []
  for (const stored of units) {
    const unit = parse(step.unit, asStored(stored), 'INVALID_UNIT', `read a unit of ${step.name}`)
    const start = options.from === undefined ? {} : { from: parseCursor(step, options.from) }
    const read = await collect(step.extract({ unit, ...start }, ctx), maxPages + 1)
    refuseUnended(step, read, maxPages)
    const ofUnit: RunStepPage[] = []
    for (const page of read) {
      for (const spawn of page.spawn ?? []) checkSpawn(step, spawn)
      if (page.next !== null) parseCursor(step, page.next)
      const bodies = ('bodies' in page ? page.bodies : [page.body]).map((body) => parseJson(step, body))
      ofUnit.push({ unit: stored, bodies, next: page.next, spawn: page.spawn ?? [] })
    }
    pages.push(...ofUnit)
    for (const bodies of recordsOf(step, ofUnit)) {
      const parsed = bodies.map((body) => parse(step.body, body, 'INVALID_BODY', `read a response of ${step.name}`))
      for (const change of step.transform({ unit, body: parsed[0], bodies: parsed }, lookup)) {
        checkRows(change)
        changes.push(change)
      }
    }
  }
  return { units, pages, changes, warnings }
}

/** Rows that no step could have loaded would be taken for none, and a test would pass for nothing. */
function checkGivenRows(connector: Connector, rows: { readonly [entity: string]: readonly StoredRow[] }): void {
  const refused = (why: string): MillraceError =>
    new MillraceError('INVALID_DEFINITION', { message: `Failed to take \`rows\` of ${connector.name}: ${why}` })
  for (const [name, given] of Object.entries(rows)) {
    const entity = connector.entities.find((each) => each.name === name)
    const names = connector.entities.map((each) => each.name).join(', ')
    if (!entity) throw refused(`it has no entity ${name}. It has ${names}.`)
    const unnamed = given.findIndex((row) => 'id' in entity.columns.shape && row.external_id === undefined)
    if (unnamed >= 0) {
      throw refused(
        `${name}[${unnamed}] has no external_id. Give rows as they are stored: a declared \`id\` is called external_id there.`,
      )
    }
  }
}

/** The bodies of each raw record that pages make. */
function recordsOf({ record }: AnyStep, pages: readonly RunStepPage[]): readonly (readonly unknown[])[] {
  if (record === 'page') return pages.map(({ bodies }) => bodies)
  return pages.length === 0 ? [] : [pages.flatMap(({ bodies }) => bodies)]
}

function contextOf<Config>(
  step: AnyStep,
  config: Config,
  options: Omit<RunStepOptions<z.ZodType>, 'config'>,
  warnings: Warning[],
): Context<Config> {
  const { clock = systemClock, log = silentLogger, signal = new AbortController().signal, retries = 0 } = options
  const base = { clock, log, signal, retries }
  return {
    config,
    fetch: createFetch(options.fetch ? { ...base, fetch: options.fetch } : base),
    signal,
    log,
    warn: (warning) => {
      warnings.push(warning)
      logWarning(log, warning)
    },
    clock,
    window: options.window ?? { until: new Date(clock.now()) },
    options: { fullSync: false, ...options.options },
    integration: { id: 1, tenantId: 1, name: 'test' },
    async *rows(entity, filter = {}) {
      const all = rowsOf(step, options.rows ?? {}, entity)
      const changed = filter.changedInRun ? options.changedInRun?.[entity.name] : undefined
      const wanted = [changed, filter.externalIds].filter((ids) => ids !== undefined)
      yield all.filter(({ external_id }) => wanted.every((ids) => ids.includes(String(external_id))))
    },
    async upToDateSince({ name }) {
      if (!step.after.some((other) => other.name === name)) throw notAfter(step, name)
      return options.upToDateSince === undefined ? new Date(clock.now()) : (options.upToDateSince ?? undefined)
    },
  }
}

function lookupOf(step: AnyStep, rows: { readonly [entity: string]: readonly StoredRow[] }): Lookup {
  return {
    get: (entity, externalId) => rowsOf(step, rows, entity).find((row) => row.external_id === externalId),
    all: (entity) => rowsOf(step, rows, entity),
  }
}

function rowsOf(
  step: AnyStep,
  rows: { readonly [entity: string]: readonly StoredRow[] },
  entity: AnyEntity,
): readonly StoredRow[] {
  if (step.reads.includes(entity)) return rows[entity.name] ?? []
  throw new MillraceError('INVALID_DEFINITION', {
    message: `Failed to read ${entity.name}: step ${step.name} does not name it in \`reads\`. Add it there.`,
  })
}

function notAfter(step: AnyStep, name: string): MillraceError {
  return new MillraceError('INVALID_DEFINITION', {
    message: `Failed to tell how old the rows of ${name} are: step ${step.name} does not wait for it. Name it in \`after\`.`,
  })
}

/** Asks for one more than allowed, so that a source which ends in time can be told from one that does not. */
function collect<T>(source: ObservableInput<T>, limit = Number.POSITIVE_INFINITY): Promise<readonly T[]> {
  return lastValueFrom(from(source).pipe(take(limit), toArray()))
}

function refuseUnended(step: AnyStep, pages: readonly Page<unknown>[], maxPages: number): void {
  const ended = pages.findIndex(({ next }) => next === null)
  if (pages.length > maxPages) {
    throw new MillraceError('CURSOR_LOOP', {
      message: `Failed to run step ${step.name}: it did not end after ${maxPages} pages. Raise maxPages if that is right.`,
    })
  }
  if (pages.length > 0 && ended !== pages.length - 1) {
    throw new MillraceError('UNIT_INCOMPLETE', {
      message: `Failed to run step ${step.name}: of ${pages.length} pages the last one, and only it, must have next: null.`,
    })
  }
}

function checkSpawn(step: AnyStep, spawn: Spawn): void {
  const target = step.spawns.find(({ name }) => name === spawn.step)
  if (!target) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to spawn a unit of ${spawn.step}: step ${step.name} does not name it in \`spawns\`. Add it there.`,
    })
  }
  parse(target.unit, asStored(spawn.unit), 'INVALID_UNIT', `spawn a unit of ${target.name}`)
}

function checkRows(change: Change): void {
  const rows = change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []
  for (const row of rows) parse(change.entity.columns, row, 'TRANSFORM_FAILED', `make a row of ${change.entity.name}`)
}

function parseCursor(step: AnyStep, cursor: unknown): unknown {
  return parse(step.cursor, asStored(cursor), 'INVALID_UNIT', `read a cursor of ${step.name}`)
}

function parseJson(step: AnyStep, body: RawBody): unknown {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MillraceError('NOT_JSON', {
      message: `Failed to read a response of ${step.name}: it is not JSON but begins with ${JSON.stringify(text.slice(0, 40))}.`,
      cause,
    })
  }
}

/** What storage makes of a value. */
function asStored(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: 'INVALID_CONFIG' | 'INVALID_UNIT' | 'INVALID_BODY' | 'TRANSFORM_FAILED',
  purpose: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
  throw new MillraceError(code, { message: `Failed to ${purpose}: ${issues.join('; ')}.`, cause: parsed.error })
}
