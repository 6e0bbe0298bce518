import { Boxes } from 'lucide-react'
import { useState } from 'react'
import { useAction, useAnswer } from '../api/use-api.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { PageHead, Panel } from '../parts/page-head.tsx'
import { Answer, Empty, Trouble } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { counted, moment, whole } from '../parts/words.ts'
import { SearchBox } from '../search/search-box.tsx'
import { useSession } from '../session/session.tsx'
import { ModelModal } from '../vectors/model-modal.tsx'

const REFRESH_MS = 3_000
const SPOILS = ['listVectorTasks', 'listCollections', 'vectorCoverage'] as const
const LOOKS = { running: 'busy', finished: 'good', failed: 'bad' } as const

export default function QdrantPage() {
  const collections = useAnswer('listCollections', {}, { refreshMs: REFRESH_MS })
  const { may } = useSession()
  const reconcile = useAction('reconcileVectors', { spoils: SPOILS })
  const [changing, setChanging] = useState(false)
  return (
    <>
      <PageHead title="Search & vectors">
        Find by meaning what was mirrored, and see how much of it can be found.
      </PageHead>
      <div className="flex flex-col gap-8">
        <SearchBox />
        <Panel
          title="Collections"
          aside={
            <span className="flex flex-wrap gap-2">
              <Button
                disabled={!may('operator')}
                busy={reconcile.isPending}
                onClick={() => reconcile.mutate({ body: { repair: false } })}
              >
                Compare
              </Button>
              <Button
                disabled={!may('operator')}
                busy={reconcile.isPending}
                onClick={() => reconcile.mutate({ body: { repair: true } })}
              >
                Reconcile
              </Button>
              <Button disabled={!may('admin')} onClick={() => setChanging(true)}>
                Change the model
              </Button>
            </span>
          }
        >
          <Answer query={collections}>
            {(list) =>
              list.length === 0 ? (
                <Empty icon={Boxes} title="No vectors yet">
                  The first run embeds what it loads. Until then, there is nothing to search.
                </Empty>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((found) => (
                    <li key={found.profile} className="flex flex-wrap items-center gap-3 py-2.5">
                      <span className="min-w-0 break-all font-medium">{found.profile}</span>
                      {found.serving && <Badge look="good">serving</Badge>}
                      {found.configured && <Badge look="busy">configured</Badge>}
                      <span className="ml-auto text-soft">
                        {counted(found.points, 'point')}
                        {found.dimensions !== null && ` · ${found.dimensions} dimensions`}
                      </span>
                    </li>
                  ))}
                </ul>
              )
            }
          </Answer>
          <Tasks />
        </Panel>
        <Coverage />
      </div>
      {changing && <ModelModal models={collections.data?.length ?? 0} onClose={() => setChanging(false)} />}
    </>
  )
}

function Tasks() {
  const tasks = useAnswer('listVectorTasks', {}, { refreshMs: REFRESH_MS })
  return (
    <>
      <Trouble query={tasks} about="What goes on with vectors cannot be shown." />
      <ul aria-label="Tasks" className="mt-3 flex flex-col gap-2 empty:hidden">
        {tasks.data?.slice(0, 5).map((task) => (
          <li
            key={`${task.kind} ${task.started_at}`}
            className="flex flex-wrap items-center gap-3 rounded-xl bg-sunken px-4 py-2.5 text-sm"
          >
            <Badge look={LOOKS[task.state]}>{task.state}</Badge>
            <span className="font-medium">
              {task.kind === 'reconcile' ? 'Comparison of rows and vectors' : 'Change of the model'}
            </span>
            <span className="text-soft">
              {task.error ??
                (task.report
                  ? `${whole(task.report.rows)} rows: ${whole(task.report.missing)} missing, ${whole(task.report.stale)} stale, ${whole(task.report.orphans)} orphans, ${whole(task.report.embedded)} embedded`
                  : task.progress && `${whole(task.progress.rows)} rows, ${whole(task.progress.embedded)} embedded`)}
            </span>
            <span className="ml-auto text-soft">{moment(task.started_at)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Coverage() {
  const coverage = useAnswer('vectorCoverage', { query: {} }, { refreshMs: REFRESH_MS * 3 })
  return (
    <Answer query={coverage}>
      {({ entities }) =>
        entities.length > 0 && (
          <Table
            caption="Coverage"
            titled
            heads={['Entity', 'Coverage', 'Rows', 'Without text', 'Pending', 'Failed', 'Missing', 'Orphans']}
          >
            {entities.map((entity) => {
              const { rows, wordless, pending, failed, missing, orphans } = entity
              const share = rows === wordless ? 1 : entity.embedded / (rows - wordless)
              return (
                <tr key={`${entity.integration_id} ${entity.entity}`}>
                  <Cell className="font-medium">{entity.entity}</Cell>
                  <Cell className="min-w-40">
                    <span className="flex w-full items-center gap-3">
                      <span aria-hidden className="h-2 flex-1 overflow-hidden rounded-full bg-sunken">
                        <span className="block h-full rounded-full bg-reed" style={{ width: `${share * 100}%` }} />
                      </span>
                      {Math.floor(share * 100)} %
                    </span>
                  </Cell>
                  {[rows, wordless, pending, failed, missing, orphans].map((value, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                    <Cell key={index}>{whole(value)}</Cell>
                  ))}
                </tr>
              )
            })}
          </Table>
        )
      }
    </Answer>
  )
}
