import { expect, test } from 'vitest'
import { z } from 'zod'
import { storageType } from './storage-type.ts'

const at = z.coerce.date()

test.each([
  ['text', z.string()],
  ['text', z.url()],
  ['text', z.iso.datetime()],
  ['text', z.enum(['open', 'closed'])],
  ['text', z.literal('open')],
  ['text', z.string().nullish().default('none')],
  ['text', z.string().brand('Key').readonly()],
  ['text', z.union([z.string(), z.null()])],
  ['double precision', z.number()],
  ['double precision', z.coerce.number().optional()],
  ['bigint', z.int()],
  ['bigint', z.int32().nullable()],
  ['bigint', z.number().int().min(1)],
  ['numeric', z.number().meta({ storage: 'decimal' })],
  ['numeric', z.number().meta({ storage: 'decimal' }).nullish()],
  ['numeric', z.string().nullable().meta({ storage: 'decimal' })],
  ['boolean', z.boolean().catch(false)],
  ['timestamptz', at],
  ['timestamptz', at.nullish()],
  ['timestamptz', z.preprocess((value) => value, at)],
  ['jsonb', z.array(z.string())],
  ['jsonb', z.object({ a: z.string() }).nullable()],
  ['jsonb', z.record(z.string(), z.int())],
  ['jsonb', z.json()],
  ['jsonb', z.unknown()],
  ['jsonb', z.union([z.string(), z.number()])],
  ['jsonb', z.string().transform((text) => text.length)],
] as const)('%s is what stores column %#', (type, schema) => {
  expect(storageType(schema)).toBe(type)
})
