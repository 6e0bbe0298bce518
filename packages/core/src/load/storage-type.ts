import type { z } from 'zod'

/** How a column is stored, in the words of PostgreSQL; a column of `references` is always a `uuid`. */
export type StorageType =
  | 'text'
  | 'double precision'
  | 'bigint'
  | 'numeric'
  | 'boolean'
  | 'timestamptz'
  | 'jsonb'
  | 'uuid'

/** What has to be known of a zod definition; its public classes do not show it in one shape. */
interface Definition {
  readonly type: string
  readonly format?: string
  readonly innerType?: z.ZodType
  readonly out?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly entries?: object
  readonly values?: readonly unknown[]
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string; readonly format?: string } } }[]
}

/**
 * The storage type of a declared column, as `EntitySpec` documents it. Wrappers (optional, nullable, default, …) are
 * looked through; a pipe is stored as what comes out of it.
 */
export function storageType(schema: z.ZodType): StorageType {
  if (schema.meta()?.storage === 'decimal') return 'numeric'
  const definition = schema.def as unknown as Definition
  switch (definition.type) {
    case 'string':
    case 'template_literal':
      return 'text'
    case 'number':
      return isInteger(definition) ? 'bigint' : 'double precision'
    case 'boolean':
      return 'boolean'
    case 'date':
      return 'timestamptz'
    case 'enum':
      return allOf('string', Object.values(definition.entries ?? {})) ? 'text' : 'jsonb'
    case 'literal':
      return allOf('string', definition.values ?? []) ? 'text' : 'jsonb'
    case 'union':
      return unionType(definition.options ?? [])
    case 'pipe':
      return pipeType(definition)
    default:
      return definition.innerType ? storageType(definition.innerType) : 'jsonb'
  }
}

/** `z.int()` is a format of its own, `z.number().int()` a check. */
function isInteger(definition: Definition): boolean {
  const formats = [definition.format, ...(definition.checks ?? []).map((check) => check._zod.def.format)]
  return formats.some((format) => format !== undefined && INTEGER_FORMATS.has(format))
}

const INTEGER_FORMATS: ReadonlySet<string> = new Set(['safeint', 'int32', 'uint32'])

function unionType(options: readonly z.ZodType[]): StorageType {
  const types = new Set(options.filter((option) => !isNothing(option)).map(storageType))
  const [only] = types
  return only !== undefined && types.size === 1 ? only : 'jsonb'
}

function isNothing(schema: z.ZodType): boolean {
  return schema.def.type === 'null' || schema.def.type === 'undefined'
}

/** The result of a transform is known to the compiler only, so it is stored as JSON. */
function pipeType(definition: Definition): StorageType {
  const { out, in: input } = definition
  if (out && out.def.type !== 'transform') return storageType(out)
  // z.preprocess is a pipe whose input is the transform.
  return input && input.def.type === 'transform' && out ? storageType(out) : 'jsonb'
}

function allOf(type: string, values: readonly unknown[]): boolean {
  return values.length > 0 && values.every((value) => typeof value === type)
}
