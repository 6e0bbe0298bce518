import type { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Change } from './change.ts'
import type { EmbedSpec } from './embed-spec.ts'
import type { NameResolution } from './name-resolution.ts'

/** A row of an entity as a transformer yields it: references hold the external id of the row they point to. */
export type RowOf<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>

type ColumnName<Shape extends z.ZodRawShape> = Extract<keyof Shape, string>

/**
 * What `defineEntity` is given.
 *
 * Columns are named as they are stored. A column called `id` is stored as `external_id`, because `id` is the row's own
 * UUID. Storage types follow from the zod types: string → text, number → double precision, `z.int()` → bigint,
 * boolean, date → timestamptz, everything else → jsonb; `.meta({ storage: 'decimal' })` asks for an exact decimal.
 */
export interface EntitySpec<Name extends string, Shape extends z.ZodRawShape> {
  /** Table name in snake_case. */
  readonly name: Name
  readonly columns: z.ZodObject<Shape>
  /**
   * The column that holds the provider's immutable id; the row's `id` is derived from it.
   * A child entity names several columns instead, the `parent` column first: that natural key is its primary key.
   */
  readonly key: ColumnName<Shape> | readonly [ColumnName<Shape>, ...ColumnName<Shape>[]]
  /** The column with the provider's own "updated" time. Default: none, then the order of requests decides. */
  readonly version?: ColumnName<Shape>
  /** Columns that hold the external id of another entity's row; stored as that row's UUID, without a foreign key. */
  readonly references?: { readonly [Column in ColumnName<Shape>]?: AnyEntity | 'self' }
  /**
   * The reference column that owns this row: when its parent is deleted, or missing from a census, this row goes with it. Only
   * a child entity can be given to `replace`. Default: none.
   */
  readonly parent?: ColumnName<Shape>
  /** Columns that people filter by; each gets an index. Default: none. References are always indexed. */
  readonly indexes?: readonly ColumnName<Shape>[]
  /** Names in its columns that mean rows of other connectors. Default: none. */
  readonly resolves?: readonly NameResolution<ColumnName<Shape>>[]
  /** The text to embed, or more about it. Default: the entity is not embedded. */
  readonly embed?: EmbedSpec<RowOf<Shape>>['text'] | EmbedSpec<RowOf<Shape>>
  /**
   * Rows are what people decide, such as which status counts as done, and not what the provider says: transformers read
   * them and cannot yield them. The key column must be `id`. Default: the provider's rows
   */
  readonly edited?: EditedSpec<ColumnName<Shape>>
}

/** How people know the rows of an entity that they edit. */
export interface EditedSpec<Column extends string = string> {
  /** What a row is called. */
  readonly label: Column
  /** Columns that no two rows of an integration share, compared as one text without regard to case. Default: none. */
  readonly unique?: readonly Column[]
}

/** The provider's id of a row: a number is the same as its digits. */
type ExternalId = string | number

/** A normalized thing that a connector produces: a table with a key, references, a version and, perhaps, a text. */
export interface Entity<Name extends string = string, Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: Name
  readonly columns: z.ZodObject<Shape>
  readonly columnNames: readonly string[]
  readonly key: readonly string[]
  readonly version: string | undefined
  readonly references: { readonly [column: string]: AnyEntity }
  readonly parent: string | undefined
  readonly indexes: readonly string[]
  readonly resolves: readonly NameResolution[]
  readonly embed: EmbedSpec<RowOf<Shape>> | undefined
  readonly edited: EditedSpec | undefined
  /** The row exists and looks like this. */
  upsert(row: RowOf<Shape>): Change
  /** The row with this external id is gone: it is kept as a tombstone. Not for child entities. */
  delete(externalId: ExternalId): Change
  /**
   * The children of this parent are exactly these; the loader tombstones the rest. Only for child entities, and once per
   * parent in a record.
   */
  replace(parentExternalId: ExternalId, rows: readonly RowOf<Shape>[]): Change
  /**
   * These rows exist, and no others: what was seen before the census was asked for and is not among them becomes a
   * tombstone. It creates and revives nothing. Not for child entities. A census that would remove too many rows is refused,
   * and so is an empty one: an account that lost its permissions sees nothing.
   *
   * @param options.certain the provider said by another road that this is so, such as that the project itself was deleted:
   *   nothing is doubted. Default: false
   * @param options.within only rows whose reference column points to this row, or whose column of text holds its id. Default:
   *   all rows of the integration
   */
  census(
    externalIds: readonly ExternalId[],
    options?: {
      readonly within?: { readonly column: ColumnName<Shape>; readonly externalId: ExternalId }
      readonly certain?: boolean
    },
  ): Change
}

/** An entity whose columns are not known to the type system; what engines and sinks work with. */
export interface AnyEntity extends Omit<Entity, 'embed' | 'upsert' | 'replace' | 'census' | 'columns'> {
  readonly columns: z.ZodObject
  readonly embed: unknown
}

/** Names every table has; an entity may not declare them (`id` is renamed to `external_id`). */
export const RESERVED_COLUMNS: ReadonlySet<string> = new Set([
  'tenant_id',
  'integration_id',
  'source_at',
  'source_seq',
  'row_hash',
  'active',
  'deleted_at',
  'created_at',
  'last_updated_at',
  'run_id',
])

const IDENTIFIER = /^[a-z][a-z0-9_]{0,58}$/

/**
 * Declares an entity.
 *
 * @throws INVALID_DEFINITION when a name is not snake_case, reserved or unknown, or when a child entity's key does not
 *   start with its parent column.
 */
export function defineEntity<const Name extends string, Shape extends z.ZodRawShape>(
  spec: EntitySpec<Name, Shape>,
): Entity<Name, Shape> {
  const columnNames = Object.keys(spec.columns.shape)
  const key: readonly string[] = typeof spec.key === 'string' ? [spec.key] : spec.key
  const references: Record<string, AnyEntity> = {}
  const entity: Entity<Name, Shape> = {
    name: spec.name,
    columns: spec.columns,
    columnNames,
    key,
    version: spec.version,
    references,
    parent: spec.parent,
    indexes: spec.indexes ?? [],
    resolves: spec.resolves ?? [],
    embed: typeof spec.embed === 'function' ? { text: spec.embed } : spec.embed,
    edited: spec.edited,
    upsert: (row) => ({ op: 'upsert', entity, row }),
    delete: (externalId) => ({ op: 'delete', entity, externalId: String(externalId) }),
    replace: (parentId, rows) => ({ op: 'replace', entity, parentExternalId: String(parentId), rows }),
    census: (externalIds, { within, certain = false } = {}) => ({
      op: 'census',
      entity,
      externalIds: externalIds.map(String),
      within: within && { column: within.column, externalId: String(within.externalId) },
      certain,
    }),
  }
  for (const [column, target] of Object.entries(spec.references ?? {})) {
    references[column] = target === 'self' ? entity : (target as AnyEntity)
  }
  check(entity)
  return entity
}

function check(entity: AnyEntity): void {
  const refuse = (reason: string, remedy: string): never => {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to define entity ${JSON.stringify(entity.name)}: ${reason}. ${remedy}`,
      context: { entity: entity.name },
    })
  }
  const known = new Set(entity.columnNames)
  for (const name of [entity.name, ...entity.columnNames]) {
    if (!IDENTIFIER.test(name)) refuse(`${JSON.stringify(name)} is not a snake_case identifier`, 'Rename it.')
    if (RESERVED_COLUMNS.has(name)) refuse(`${JSON.stringify(name)} is a column that every table has`, 'Rename it.')
  }
  if (known.has('id') && known.has('external_id')) {
    refuse('it has both "id" and "external_id", which share one stored column', 'Drop one of them.')
  }
  const { label, unique = [] } = entity.edited ?? {}
  const named = [
    ...entity.key,
    ...Object.keys(entity.references),
    ...entity.indexes,
    ...unique,
    ...(label === undefined ? [] : [label]),
    ...entity.resolves.map(({ name }) => name),
  ]
  for (const { view, in: lister, by, means, of } of entity.resolves) {
    for (const name of [view, lister, by, means, of]) {
      if (!IDENTIFIER.test(name)) refuse(`${JSON.stringify(name)} is not a snake_case identifier`, 'Rename it.')
    }
  }
  for (const column of [...named, ...[entity.version, entity.parent].filter((name) => name !== undefined)]) {
    if (!known.has(column)) refuse(`there is no column ${JSON.stringify(column)}`, 'Declare it in columns.')
  }
  if (entity.parent === undefined && entity.key.length > 1) {
    refuse('its key has several columns but it has no parent', 'Name the parent column, or use one immutable id.')
  }
  if (entity.edited && (entity.parent !== undefined || entity.key[0] !== 'id')) {
    refuse('people edit it, and its key is not "id"', 'Rows that people edit get their ids when they are created.')
  }
  if (entity.parent === undefined) return
  if (entity.key[0] !== entity.parent) refuse('its key begins with another column than its parent', 'Put that first.')
  if (!(entity.parent in entity.references)) {
    refuse(`its parent ${entity.parent} refers to no entity`, 'Name the entity of the parent in references.')
  }
}
