import { CircleCheck, CircleDashed, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { JobCard } from '#contract/jobs.ts'
import { Badge } from '../parts/badge.tsx'

const LOOKS = {
  READY: { look: 'good', icon: CircleDashed },
  RUNNING: { look: 'busy', icon: LoaderCircle },
  FINISHED: { look: 'good', icon: CircleCheck },
  FAILED: { look: 'bad', icon: TriangleAlert },
} as const

export function OverallBadge({ overall }: { readonly overall: JobCard['status'] }) {
  const { look, icon: Icon } = LOOKS[overall]
  return (
    <Badge look={look}>
      <Icon aria-hidden className={`size-3.5 ${overall === 'RUNNING' ? 'motion-safe:animate-spin' : ''}`} />
      {overall}
    </Badge>
  )
}
