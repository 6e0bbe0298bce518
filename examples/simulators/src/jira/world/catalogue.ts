/** The small lists every Jira site has: priorities, resolutions, link types, labels, components, versions, sprints. */

export interface Named {
  readonly id: string
  readonly name: string
}

export const PRIORITIES: readonly Named[] = [
  { id: '1', name: 'Highest' },
  { id: '2', name: 'High' },
  { id: '3', name: 'Medium' },
  { id: '4', name: 'Low' },
  { id: '5', name: 'Lowest' },
]

export const RESOLUTIONS: readonly Named[] = [
  { id: '10000', name: 'Done' },
  { id: '10001', name: "Won't Do" },
  { id: '10002', name: 'Duplicate' },
  { id: '10003', name: 'Cannot Reproduce' },
]

export interface LinkType extends Named {
  readonly inward: string
  readonly outward: string
}

export const LINK_TYPES: readonly LinkType[] = [
  { id: '10000', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
  { id: '10001', name: 'Cloners', inward: 'is cloned by', outward: 'clones' },
  { id: '10002', name: 'Duplicate', inward: 'is duplicated by', outward: 'duplicates' },
  { id: '10003', name: 'Relates', inward: 'relates to', outward: 'relates to' },
]

export const LABELS = [
  'backend',
  'frontend',
  'Saas',
  'tech-debt',
  'customer',
  'regression',
  '性能',
  'security',
  'q3',
  'flaky',
] as const

export const COMPONENTS = ['API', 'Billing', 'Search', 'User interface', 'Infrastructure', '报表'] as const

export const VERSIONS = ['1.0', '1.1', '1.2', '2.0', '2.1', '3.0-beta'] as const

export const TEAMS = ['Amber', 'Birch', 'Cobalt', 'Dune', '榕树'] as const

/** The latest sprint that exists; sprints are numbered from 1. */
export const LAST_SPRINT = 60

/** Every sprint that there ever was. */
export const ALL_SPRINTS = Array.from({ length: LAST_SPRINT }, (_, order) => order + 1)

export const sprintName = (sprint: number): string => `Sprint ${sprint}`
