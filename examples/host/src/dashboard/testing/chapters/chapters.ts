import type { Chapter } from '../operator-day.ts'
import { administering } from './administering.ts'
import { arriving } from './arriving.ts'
import { configuring } from './configuring.ts'
import { mappingFields } from './mapping-fields.ts'
import { operatingJobs } from './operating-jobs.ts'
import { searching } from './searching.ts'

/** A day of an operator, the same on every host. */
export const CHAPTERS: readonly Chapter[] = [
  arriving,
  operatingJobs,
  mappingFields,
  configuring,
  searching,
  administering,
]
