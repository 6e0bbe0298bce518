import { Cpu } from 'lucide-react'
import { useAction, useAnswer } from '../api/use-api.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { useNow } from '../parts/use-now.ts'
import { ago, counted } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'

const REFRESH_MS = 3_000
const LOOKS = { working: 'good', draining: 'warn', drained: 'plain', gone: 'bad' } as const

export default function WorkersPage() {
  const workers = useAnswer('listWorkers', {}, { refreshMs: REFRESH_MS })
  const { may } = useSession()
  const now = useNow()
  const drain = useAction('drainWorkers', {
    spoils: ['listWorkers'],
    success: ({ told }) => `Told ${counted(told.length, 'worker')} to drain.`,
  })
  const restart = useAction('restartWorkers', {
    spoils: ['listWorkers'],
    success: ({ told }) => `Told ${counted(told.length, 'worker')} to restart.`,
  })
  return (
    <>
      <PageHead title="Workers">
        Processes that do the work. One that falls silent is replaced by the others within seconds.
      </PageHead>
      <Answer query={workers}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={Cpu} title="Nobody works">
              Start a process with the roles that you need: millrace serve --roles extract,transform,embed.
            </Empty>
          ) : (
            <Table caption="Workers" heads={['Worker', 'State', 'Roles', 'At work', 'Heard of', '']}>
              {list.map((worker) => (
                <tr key={worker.id}>
                  <Cell>
                    <p className="font-medium">
                      {worker.host}:{worker.pid}
                    </p>
                    <p className="text-sm text-soft">version {worker.version}</p>
                  </Cell>
                  <Cell>
                    <Badge look={LOOKS[worker.state]}>{worker.state}</Badge>
                  </Cell>
                  <Cell className="text-sm">{worker.roles.join(', ')}</Cell>
                  <Cell>{counted(worker.rows, 'row')}</Cell>
                  <Cell className="whitespace-nowrap text-sm text-soft">{ago(worker.last_seen_at, now)}</Cell>
                  <Cell>
                    {may('admin') && worker.state !== 'gone' && (
                      <span className="flex justify-end gap-2">
                        <Button
                          disabled={worker.desired !== 'work'}
                          onClick={() => drain.mutate({ body: { ids: [worker.id] } })}
                        >
                          Drain
                        </Button>
                        <Button
                          disabled={worker.desired === 'restart'}
                          onClick={() => restart.mutate({ body: { ids: [worker.id] } })}
                        >
                          Restart
                        </Button>
                      </span>
                    )}
                  </Cell>
                </tr>
              ))}
            </Table>
          )
        }
      </Answer>
    </>
  )
}
