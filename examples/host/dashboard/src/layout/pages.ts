import {
  Activity,
  Boxes,
  ChartSpline,
  CircleDot,
  Cpu,
  Layers,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  Plug,
  ScrollText,
  SlidersHorizontal,
  Users,
  Workflow,
} from 'lucide-react'
import type { UserRole } from '#contract/route.ts'

export interface PageEntry {
  readonly path: string
  readonly name: string
  readonly icon: LucideIcon
  /** What the page cannot do without: it is offered where the host serves that. */
  readonly reads: string
}

/** What the sidebar offers, in rooms. */
export const PAGES: readonly {
  readonly room: string
  /** Who is offered it, at least. @default user */
  readonly role?: UserRole
  readonly entries: readonly PageEntry[]
}[] = [
  {
    room: 'Operate',
    entries: [
      { path: '/', name: 'Home', icon: LayoutDashboard, reads: '/app/etl/jobs' },
      { path: '/integrations', name: 'Integrations', icon: Plug, reads: '/app/etl/integrations' },
      { path: '/queues', name: 'Queues', icon: Activity, reads: '/app/etl/queues/health' },
      { path: '/workers', name: 'Workers', icon: Cpu, reads: '/app/etl/workers' },
    ],
  },
  {
    room: 'Configure',
    entries: [
      { path: '/custom-fields', name: 'Custom fields', icon: SlidersHorizontal, reads: '/app/etl/custom-fields' },
      { path: '/wits', name: 'Work item types', icon: Layers, reads: '/app/etl/wits' },
      { path: '/hierarchies', name: 'Hierarchies', icon: ListTree, reads: '/app/etl/hierarchies' },
      { path: '/statuses', name: 'Statuses', icon: CircleDot, reads: '/app/etl/statuses' },
      { path: '/workflows', name: 'Workflows', icon: Workflow, reads: '/app/etl/workflows' },
    ],
  },
  {
    room: 'Explore',
    entries: [
      { path: '/qdrant', name: 'Search & vectors', icon: Boxes, reads: '/app/etl/qdrant/coverage' },
      { path: '/insights', name: 'Insights', icon: ChartSpline, reads: '/app/etl/insights/cycle-time' },
    ],
  },
  {
    room: 'Administer',
    role: 'admin',
    entries: [
      { path: '/users', name: 'Users', icon: Users, reads: '/app/etl/users' },
      { path: '/audit', name: 'Audit log', icon: ScrollText, reads: '/app/etl/audit-log' },
    ],
  },
]
