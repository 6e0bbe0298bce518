import type { SpecName } from '../spec-name.ts'
import { ENDPOINT_NAMES } from './endpoints.ts'
import { FIELD_NAMES } from './fields.ts'
import { MESSAGE_NAMES } from './messages.ts'
import { PAGE_NAMES } from './pages.ts'
import { TABLE_NAMES } from './tables.ts'

/** Every name of the documents. */
export const ALL_NAMES: readonly SpecName[] = [
  ...ENDPOINT_NAMES,
  ...FIELD_NAMES,
  ...TABLE_NAMES,
  ...MESSAGE_NAMES,
  ...PAGE_NAMES,
]
