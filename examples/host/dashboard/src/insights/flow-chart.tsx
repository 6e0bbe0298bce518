import { Area, AreaChart, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { ResponseOf } from '#contract/route.ts'
import type { Routes } from '#contract/routes.ts'
import { day } from '../parts/words.ts'
import { bandColor, rankOf } from './band-colors.ts'
import { AXIS, LEGEND, TIP } from './chart-looks.tsx'

type Flow = ResponseOf<Routes['flowInsights']>

interface Band {
  readonly name: string
  readonly rank: number
  /** Where its counts are: providers have several statuses of one name. */
  readonly places: number[]
}

/** How many work items were in which status at the end of each day: one band a name, each in a colour of its own. */
export function FlowChart({ flow }: { readonly flow: Flow }) {
  const bands = bandsOf(flow.statuses)
  const rows = flow.days.map(({ day: date, counts }) => ({
    day: date,
    ...Object.fromEntries(
      bands.map(({ name, places }) => [name, places.reduce((sum, at) => sum + (counts[at] ?? 0), 0)]),
    ),
  }))
  return (
    <ResponsiveContainer width="100%" height={320}>
      <AreaChart data={rows}>
        <XAxis dataKey="day" tickFormatter={day} {...AXIS} />
        <YAxis width={44} allowDecimals={false} {...AXIS} />
        <Tooltip {...TIP} />
        <Legend {...LEGEND} />
        {bands.map(({ name, color }) => (
          <Area
            key={name}
            stackId="all"
            dataKey={name}
            stroke="none"
            fill={color}
            fillOpacity={1}
            isAnimationActive={false}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  )
}

function bandsOf(statuses: Flow['statuses']): readonly (Band & { readonly color: string })[] {
  const bands = new Map<string, Band>()
  for (const [place, { name, category }] of statuses.entries()) {
    const known = bands.get(name)
    if (known) known.places.push(place)
    else bands.set(name, { name, rank: rankOf(category), places: [place] })
  }
  const ranks = Map.groupBy(bands.values(), ({ rank }) => rank)
  return [...ranks]
    .sort(([a], [b]) => a - b)
    .flatMap(([rank, alike]) => alike.map((band, at) => ({ ...band, color: bandColor(rank, at, alike.length) })))
}
