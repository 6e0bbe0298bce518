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
  SlidersHorizontal,
  Workflow,
} from 'lucide-react'

export interface PageEntry {
  readonly path: string
  readonly name: string
  readonly icon: LucideIcon
}

/** What the sidebar offers, in rooms. */
export const PAGES: readonly { readonly room: string; readonly entries: readonly PageEntry[] }[] = [
  {
    room: 'Operate',
    entries: [
      { path: '/', name: 'Home', icon: LayoutDashboard },
      { path: '/integrations', name: 'Integrations', icon: Plug },
      { path: '/queues', name: 'Queues', icon: Activity },
      { path: '/workers', name: 'Workers', icon: Cpu },
    ],
  },
  {
    room: 'Configure',
    entries: [
      { path: '/custom-fields', name: 'Custom fields', icon: SlidersHorizontal },
      { path: '/wits', name: 'Work item types', icon: Layers },
      { path: '/hierarchies', name: 'Hierarchies', icon: ListTree },
      { path: '/statuses', name: 'Statuses', icon: CircleDot },
      { path: '/workflows', name: 'Workflows', icon: Workflow },
    ],
  },
  {
    room: 'Explore',
    entries: [
      { path: '/qdrant', name: 'Search & vectors', icon: Boxes },
      { path: '/insights', name: 'Insights', icon: ChartSpline },
    ],
  },
]
