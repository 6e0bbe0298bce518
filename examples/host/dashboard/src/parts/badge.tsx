import type { ReactNode } from 'react'

const LOOKS = {
  good: 'bg-good-ground text-good',
  busy: 'bg-busy-ground text-water',
  bad: 'bg-bad-ground text-bad',
  warn: 'bg-warn-ground text-grain',
  plain: 'bg-sunken text-soft',
} as const
export type BadgeLook = keyof typeof LOOKS

export function Badge({ look = 'plain', children }: { readonly look?: BadgeLook; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 py-0.5 text-xs font-semibold ${LOOKS[look]}`}
    >
      {children}
    </span>
  )
}
