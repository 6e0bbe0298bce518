import type { STATUS_CATEGORIES } from '#contract/statuses.ts'
import type { BadgeLook } from '../parts/badge.tsx'

export const CATEGORY_LOOKS: Readonly<Record<(typeof STATUS_CATEGORIES)[number], BadgeLook>> = {
  'To Do': 'plain',
  'In Progress': 'busy',
  Done: 'good',
}
