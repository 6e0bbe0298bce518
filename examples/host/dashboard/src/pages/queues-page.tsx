import type { QueueHealth } from '#contract/queues.ts'
import { useAnswer } from '../api/use-api.ts'
import { Badge } from '../parts/badge.tsx'
import { PageHead, Panel } from '../parts/page-head.tsx'
import { Answer } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { bytes, duration, whole } from '../parts/words.ts'
import { DeadLetters } from '../queues/dead-letters.tsx'

const REFRESH_MS = 4_000

export default function QueuesPage() {
  const health = useAnswer('queueHealth', {}, { refreshMs: REFRESH_MS })
  return (
    <>
      <PageHead title="Queues">What waits, what failed, and who works. Nothing that stands here is ever lost.</PageHead>
      <div className="flex flex-col gap-8">
        <Answer query={health}>{(found) => <Health health={found} />}</Answer>
        <DeadLetters />
      </div>
    </>
  )
}

const QUEUES = [
  { key: 'job_queue', name: 'Extraction' },
  { key: 'transform_queue', name: 'Transform' },
  { key: 'vectorization_queue', name: 'Embedding' },
] as const

function Health({ health }: { readonly health: QueueHealth }) {
  const { worker_status: workers } = health
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        {QUEUES.map(({ key, name }) => (
          <Panel key={key} title={name}>
            <p className="text-3xl font-semibold tracking-tight">{whole(health[key].messages)}</p>
            <p className="text-sm text-soft">
              waiting
              {health[key].messages > 0 && `, the oldest for ${duration(health[key].oldest_age_seconds * 1_000)}`}
            </p>
            <p className="mt-3 text-sm text-soft">
              {whole(health[key].unacknowledged)} at work · {whole(health[key].delayed)} delayed
            </p>
          </Panel>
        ))}
        <Panel title="Workers" aside={workers.silent > 0 && <Badge look="bad">{workers.silent} silent</Badge>}>
          <p className="text-3xl font-semibold tracking-tight">{whole(workers.alive)}</p>
          <p className="text-sm text-soft">
            alive, {whole(workers.at_work)} of {whole(workers.capacity)} places taken
          </p>
          <p className="mt-3 text-sm text-soft">
            {bytes(workers.peak_memory_bytes)} at most · schedules{' '}
            {health.schedule_lag_seconds > 5 ? `${duration(health.schedule_lag_seconds * 1_000)} late` : 'on time'}
          </p>
        </Panel>
      </div>
      {health.queues.some((queue) => queue.messages !== null) && (
        <Table caption="Queues of the broker" titled heads={['Queue', 'Messages', 'Consumers']}>
          {health.queues.map((queue) => (
            <tr key={queue.queue}>
              <Cell className="font-medium">{queue.queue}</Cell>
              <Cell>{queue.messages === null ? '–' : whole(queue.messages)}</Cell>
              <Cell>{queue.consumers === null ? '–' : whole(queue.consumers)}</Cell>
            </tr>
          ))}
        </Table>
      )}
    </>
  )
}
