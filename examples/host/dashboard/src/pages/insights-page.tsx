import { ChartSpline } from 'lucide-react'
import { useState } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import type { Distribution } from '#contract/insights.ts'
import { useAnswer } from '../api/use-api.ts'
import { AXIS, LEGEND, TIP } from '../insights/chart-looks.tsx'
import { FlowChart } from '../insights/flow-chart.tsx'
import { PageHead, Panel } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { day, duration, whole } from '../parts/words.ts'

const DAY_S = 86_400
const SPANS = { '30 days': 30, '90 days': 90, '1 year': 365 } as const
type Span = keyof typeof SPANS
const COLORS = ['var(--color-1)', 'var(--color-2)']
const days = (seconds: number | null): number | null =>
  seconds === null ? null : Math.round((seconds / DAY_S) * 10) / 10
const spell = (seconds: number | null): string => (seconds === null ? '–' : duration(seconds * 1_000))

export default function InsightsPage() {
  const [span, setSpan] = useState<Span>('90 days')
  const [today] = useState(() => new Date(Math.floor(Date.now() / (DAY_S * 1_000)) * DAY_S * 1_000))
  const query = { from: new Date(today.getTime() - SPANS[span] * DAY_S * 1_000).toISOString() }
  const time = useAnswer('timeInsights', { query })
  const throughput = useAnswer('throughputInsights', { query })
  const flow = useAnswer('flowInsights', { query })
  const reviews = useAnswer('reviewInsights', { query })
  const choice = (
    <label className="flex items-center gap-3 text-sm font-medium">
      Period
      <select
        value={span}
        onChange={(event) => setSpan(event.target.value as Span)}
        className="h-9 rounded-lg border border-line bg-panel px-3"
      >
        {Object.keys(SPANS).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
  return (
    <>
      <PageHead title="Insights" actions={choice}>
        How work flows, computed from what was mirrored.
      </PageHead>
      <div className="grid gap-5 xl:grid-cols-2">
        <Panel title="Lead and cycle time">
          <Answer query={time}>
            {({ lead, cycle, periods }) =>
              periods.length === 0 ? (
                <NothingYet />
              ) : (
                <>
                  <Numbers of={{ 'Lead time': lead, 'Cycle time': cycle }} />
                  <p className="-mt-1 mb-4 text-sm text-soft">
                    Lead time is from commitment to completion, cycle time from the start of work to completion. Work
                    that has only one of them counts for that one alone.
                  </p>
                  <Lines
                    rows={periods.map((row) => ({
                      period: row.period,
                      'Lead time': days(row.lead.p50),
                      'Cycle time': days(row.cycle.p50),
                    }))}
                    names={['Lead time', 'Cycle time']}
                  />
                </>
              )
            }
          </Answer>
        </Panel>
        <Panel title="Throughput">
          <Answer query={throughput}>
            {(rows) =>
              rows.length === 0 ? (
                <NothingYet />
              ) : (
                <ResponsiveContainer width="100%" height={300}>
                  <BarChart data={rows}>
                    <CartesianGrid vertical={false} stroke="var(--line)" />
                    <XAxis dataKey="period" tickFormatter={day} {...AXIS} />
                    <YAxis width={36} allowDecimals={false} {...AXIS} />
                    <Tooltip {...TIP} cursor={{ fill: 'var(--sunken)' }} />
                    <Legend {...LEGEND} />
                    <Bar
                      dataKey="created"
                      name="Created"
                      fill="var(--color-4)"
                      radius={[3, 3, 0, 0]}
                      isAnimationActive={false}
                    />
                    <Bar
                      dataKey="completed"
                      name="Completed"
                      fill="var(--color-2)"
                      radius={[3, 3, 0, 0]}
                      isAnimationActive={false}
                    />
                  </BarChart>
                </ResponsiveContainer>
              )
            }
          </Answer>
        </Panel>
        <Panel title="Cumulative flow">
          <Answer query={flow}>
            {(found) => (found.days.length === 0 ? <NothingYet /> : <FlowChart flow={found} />)}
          </Answer>
        </Panel>
        <Panel title="Reviews">
          <Answer query={reviews}>
            {({ first_review, merge, periods }) =>
              periods.length === 0 ? (
                <NothingYet />
              ) : (
                <>
                  <Numbers of={{ 'First review': first_review, Merge: merge }} />
                  <Lines
                    rows={periods.map((row) => ({
                      period: row.period,
                      'First review': days(row.first_review.p50),
                      Merge: days(row.merge.p50),
                    }))}
                    names={['First review', 'Merge']}
                  />
                </>
              )
            }
          </Answer>
        </Panel>
      </div>
    </>
  )
}

function NothingYet() {
  return (
    <Empty icon={ChartSpline} title="Nothing in this period">
      Choose a longer period, or run the jobs once.
    </Empty>
  )
}

/** Median and 85th percentile of each. */
function Numbers({ of }: { readonly of: Readonly<Record<string, Distribution>> }) {
  return (
    <dl className="mb-4 grid grid-cols-2 gap-4">
      {Object.entries(of).map(([name, found]) => (
        <div key={name}>
          <dt className="text-sm text-soft">
            {name}, median of {whole(found.count)}
          </dt>
          <dd className="text-2xl font-semibold tracking-tight">{spell(found.p50)}</dd>
          <dd className="text-sm text-soft">
            {found.count === 0 ? 'nothing was measured' : `85 % within ${spell(found.p85)}`}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Lines({
  rows,
  names,
}: {
  readonly rows: readonly Record<string, string | number | null>[]
  readonly names: readonly string[]
}) {
  return (
    <ResponsiveContainer width="100%" height={220}>
      <LineChart data={[...rows]}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="period" tickFormatter={day} {...AXIS} />
        <YAxis width={44} unit=" d" {...AXIS} />
        <Tooltip {...TIP} formatter={(value) => `${value} days`} />
        <Legend {...LEGEND} />
        {names.map((name, index) => (
          <Line
            key={name}
            dataKey={name}
            stroke={COLORS[index] ?? ''}
            strokeWidth={2}
            dot={false}
            connectNulls
            isAnimationActive={false}
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  )
}
