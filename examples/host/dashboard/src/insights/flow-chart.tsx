import { Area, AreaChart, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { ResponseOf } from '#contract/route.ts'
import type { Routes } from '#contract/routes.ts'
import { day } from '../parts/words.ts'
import { AXIS, TIP } from './chart-looks.ts'

type Flow = ResponseOf<Routes['flowInsights']>

/** From the ground up: what is done carries what is under way. */
const CATEGORIES: readonly (string | null)[] = ['Done', 'In Progress', 'To Do']
const COLORS = ['var(--color-2)', 'var(--color-1)', 'var(--color-4)', 'var(--color-3)'] as const
const OPACITIES = [0.65, 0.45, 0.28]

interface Band {
  readonly name: string
  /** Its place among the categories; after them where it has none. */
  readonly rank: number
  /** Where its counts are: providers have several statuses of one name. */
  readonly places: number[]
}

/** How many work items were in which status at the end of each day, one band a name, in the colour of its category. */
export function FlowChart({ flow }: { readonly flow: Flow }) {
  const bands = bandsOf(flow.statuses)
  const rows = flow.days.map(({ day: date, counts }) => ({
    day: date,
    ...Object.fromEntries(
      bands.map(({ name, places }) => [name, places.reduce((sum, at) => sum + (counts[at] ?? 0), 0)]),
    ),
  }))
  return (
    <ResponsiveContainer width="100%" height={300}>
      <AreaChart data={rows}>
        <XAxis dataKey="day" tickFormatter={day} {...AXIS} />
        <YAxis width={44} allowDecimals={false} {...AXIS} />
        <Tooltip {...TIP} />
        <Legend />
        {bands.map(({ name, rank }, index) => (
          <Area
            key={name}
            stackId="all"
            dataKey={name}
            stroke={COLORS[rank] ?? COLORS[0]}
            fill={COLORS[rank] ?? COLORS[0]}
            fillOpacity={OPACITIES[index % OPACITIES.length] ?? 1}
            isAnimationActive={false}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  )
}

function bandsOf(statuses: Flow['statuses']): readonly Band[] {
  const bands = new Map<string, Band>()
  for (const [place, { name, category }] of statuses.entries()) {
    const known = bands.get(name)
    if (known) known.places.push(place)
    else {
      const rank = CATEGORIES.indexOf(category)
      bands.set(name, { name, rank: rank < 0 ? CATEGORIES.length : rank, places: [place] })
    }
  }
  return [...bands.values()].sort((a, b) => a.rank - b.rank)
}
