import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { Run } from '#contract/runs.ts'
import { duration, moment, whole } from '../../parts/words.ts'

interface Measure {
  readonly name: string
  readonly color: string
  readonly of: (run: Run) => number
  readonly say: (value: number) => string
}

const MEASURES: readonly Measure[] = [
  { name: 'Duration', color: 'var(--color-1)', of: (run) => run.duration_ms, say: duration },
  {
    name: 'Throughput',
    color: 'var(--color-2)',
    of: (run) => Math.round(run.rows_written / Math.max(1, run.duration_ms / 1_000)),
    say: (value) => `${whole(value)} rows/s`,
  },
  { name: 'API calls', color: 'var(--color-4)', of: (run) => run.api_calls, say: whole },
]

/** Each run a bar, the newest at the right. */
export default function RunCharts({ runs }: { readonly runs: readonly Run[] }) {
  const oldestFirst = [...runs].reverse()
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      {MEASURES.map((measure) => (
        <figure key={measure.name} className="rounded-xl border border-line p-4">
          <figcaption className="flex items-baseline justify-between gap-2 text-sm">
            <span className="text-soft">{measure.name}</span>
            <strong>{runs[0] ? measure.say(measure.of(runs[0])) : ''}</strong>
          </figcaption>
          <ResponsiveContainer width="100%" height={96}>
            <BarChart
              data={oldestFirst.map((run) => ({
                label: `Run ${run.run_id}, ${moment(run.started_at)}`,
                value: measure.of(run),
              }))}
              margin={{ top: 10, right: 0, bottom: 0, left: 0 }}
            >
              <XAxis dataKey="label" hide />
              <YAxis hide />
              <Tooltip
                cursor={{ fill: 'var(--sunken)' }}
                formatter={(value) => [measure.say(Number(value)), measure.name]}
                contentStyle={{ background: 'var(--panel)', border: '1px solid var(--line)', borderRadius: 10 }}
              />
              <Bar
                dataKey="value"
                fill={measure.color}
                radius={[3, 3, 0, 0]}
                maxBarSize={22}
                isAnimationActive={false}
              />
            </BarChart>
          </ResponsiveContainer>
        </figure>
      ))}
    </div>
  )
}
