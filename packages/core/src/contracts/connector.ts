import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import { canonicalJson } from '../ids/canonical-json.ts'
import { RESERVED_UNIT_FIELDS } from '../messages/reserved-fields.ts'
import type { RunMode } from '../ports/run-mode.ts'
import type { Context } from './context.ts'
import type { AnyEntity } from './entity.ts'
import { ANY_JSON, type AnyStep, type DefineStep, WHOLE_STEP } from './step.ts'

/** What `check` found out about the credentials. */
export interface CheckResult {
  /** Who the provider says we are, for people: a name or an address. */
  readonly account: string
  /** What may be read and what may not, one sentence each. */
  readonly notes?: readonly string[]
}

/** Who asks. */
export interface CheckRequest {
  /**
   * People ask: say all that may be read and what may not. Otherwise a run begins, in which steps find out for themselves
   * what is closed to them, and what matters is that the credentials are good.
   */
  readonly thorough: boolean
}

export interface ConnectorSpec<Name extends string, ConfigSchema extends z.ZodType> {
  /** Unique among the connectors of a host, snake_case. */
  readonly name: Name
  /** Version of the connector, stored with raw records. Default: '0.0.0'. */
  readonly version?: string
  readonly entities: readonly AnyEntity[]
  /** Settings and credentials of one integration. */
  readonly config: ConfigSchema
  readonly steps: (step: DefineStep<z.output<ConfigSchema>>) => readonly AnyStep[]
  /**
   * Who am I, and what may I read? Called at the start of every run and when people ask. Throw when the credentials are
   * bad: a provider that answers bad credentials with empty lists must be found out here. Default: nothing is checked.
   *
   * @throws UNAUTHORIZED with what to do
   */
  check?(ctx: Context<z.output<ConfigSchema>>, request: CheckRequest): Promise<CheckResult>
  /**
   * How far a window reaches back before the watermark, in milliseconds.
   * @default 300_000
   */
  readonly overlapMs?: number
}

/** A package that knows one provider. */
export interface Connector<Name extends string = string, ConfigSchema extends z.ZodType = z.ZodType> {
  readonly name: Name
  readonly version: string
  readonly contract: 1
  readonly entities: readonly AnyEntity[]
  readonly config: ConfigSchema
  readonly steps: readonly AnyStep[]
  readonly overlapMs: number
  check(ctx: Context<unknown>, request: CheckRequest): Promise<CheckResult | undefined>
}

const STEP_NAME = /^[a-z][a-z0-9_]{0,58}$/
const DEFAULT_OVERLAP_MS = 300_000
const DEFAULT_MODES: readonly RunMode[] = ['incremental', 'full', 'backfill']

/**
 * Declares a connector.
 *
 * @throws INVALID_DEFINITION when names repeat, a step refers to one that is not in the list, `after` and `spawns` form
 *   a cycle, or a unit uses a field name that messages reserve.
 */
export function defineConnector<const Name extends string, ConfigSchema extends z.ZodType>(
  spec: ConnectorSpec<Name, ConfigSchema>,
): Connector<Name, ConfigSchema> {
  const steps = spec.steps(defineStep as DefineStep<z.output<ConfigSchema>>)
  const refuse = (reason: string): never => {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to define connector ${JSON.stringify(spec.name)}: ${reason}.`,
      context: { connector: spec.name },
    })
  }
  const names = new Set<string>()
  for (const step of steps) {
    if (!STEP_NAME.test(step.name)) refuse(`step ${JSON.stringify(step.name)} is not a snake_case identifier`)
    if (names.has(step.name)) refuse(`two steps are called ${step.name}`)
    names.add(step.name)
    for (const other of [...step.after, ...step.spawns]) {
      if (!steps.includes(other)) refuse(`step ${step.name} refers to ${other.name}, which is not in its list of steps`)
    }
    for (const entity of step.reads) {
      if (!spec.entities.includes(entity)) refuse(`step ${step.name} reads ${entity.name}, which it does not declare`)
    }
    const reserved = unitFields(step.unit).find((field) => RESERVED_UNIT_FIELDS.has(field))
    if (reserved) refuse(`the unit of step ${step.name} has the field "${reserved}", which every message uses itself`)
  }
  const cycle = findCycle(steps)
  if (cycle) refuse(`its steps wait for each other: ${cycle.join(' → ')}`)
  const entityNames = spec.entities.map((entity) => entity.name)
  const twice = entityNames.find((name, index) => entityNames.indexOf(name) !== index)
  if (twice) refuse(`two entities are called ${twice}`)
  return {
    name: spec.name,
    version: spec.version ?? '0.0.0',
    contract: 1,
    entities: spec.entities,
    config: spec.config,
    steps,
    overlapMs: spec.overlapMs ?? DEFAULT_OVERLAP_MS,
    check: async (ctx, request) => spec.check?.(ctx as Context<z.output<ConfigSchema>>, request),
  }
}

const defineStep: DefineStep<unknown> = (spec) => {
  const erased = spec as unknown as Partial<AnyStep> & Pick<AnyStep, 'name' | 'extract' | 'transform'>
  return {
    name: spec.name,
    displayName: spec.displayName ?? humanize(spec.name),
    after: spec.after ?? [],
    spawns: spec.spawns ?? [],
    reads: spec.reads ?? [],
    items: spec.items,
    record: spec.record ?? 'page',
    queueName: spec.queueName,
    transformVersion: spec.transformVersion ?? 1,
    looksUp: spec.transform.length > 1,
    unit: spec.unit ?? WHOLE_STEP,
    cursor: spec.cursor ?? ANY_JSON,
    body: spec.body ?? ANY_JSON,
    intervalMs: (config) => erased.intervalMs?.(config) ?? 0,
    modes: spec.modes ?? DEFAULT_MODES,
    enabled: (config, options) => erased.enabled?.(config, options) ?? true,
    unitKey: (unit) => erased.unitKey?.(unit) ?? canonicalJson(unit),
    units: (ctx) => erased.units?.(ctx) ?? (spec.unit ? [] : [{}]),
    extract: (work, ctx) => erased.extract(work, ctx),
    transform: (record, lookup) => erased.transform(record, lookup),
    spawn: (unit) => ({ step: spec.name, unit }),
  }
}

function humanize(name: string): string {
  return name.replaceAll('_', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

function unitFields(unit: z.ZodType): readonly string[] {
  return unit instanceof z.ZodObject ? Object.keys(unit.shape) : []
}

/** The names of steps on a cycle of `after` and `spawns`, or undefined. */
function findCycle(steps: readonly AnyStep[]): readonly string[] | undefined {
  const done = new Set<AnyStep>()
  const visit = (step: AnyStep, path: readonly AnyStep[]): readonly AnyStep[] | undefined => {
    if (path.includes(step)) return [...path.slice(path.indexOf(step)), step]
    if (done.has(step)) return undefined
    const waitsFor = [...step.after, ...steps.filter((other) => other.spawns.includes(step))]
    for (const other of waitsFor) {
      const cycle = visit(other, [...path, step])
      if (cycle) return cycle
    }
    done.add(step)
    return undefined
  }
  for (const step of steps) {
    const cycle = visit(step, [])
    if (cycle) return cycle.map((found) => found.name)
  }
  return undefined
}
