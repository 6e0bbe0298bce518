import { ScrollText } from 'lucide-react'
import { useState } from 'react'
import { useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { moment } from '../parts/words.ts'

const PAGE = 50

export default function AuditPage() {
  const [before, setBefore] = useState<number | null>(null)
  const entries = useAnswer('listAuditLog', { query: { limit: PAGE, ...(before !== null && { before }) } })
  return (
    <>
      <PageHead title="Audit log">Who changed what, the newest first. Secrets are named, and never told.</PageHead>
      <Answer query={entries}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={ScrollText} title={before === null ? 'Nothing was changed yet' : 'Nothing is older'}>
              What people do here and on the command line is put on record.
            </Empty>
          ) : (
            <Table caption="Audit log" heads={['When', 'Who', 'Did', 'To', 'With']}>
              {list.map((entry) => (
                <tr key={entry.id} className="text-sm">
                  <Cell className="whitespace-nowrap text-soft">{moment(entry.happened_at)}</Cell>
                  <Cell className="font-medium">{entry.actor}</Cell>
                  <Cell>{entry.action}</Cell>
                  <Cell className="whitespace-nowrap">
                    {[entry.object_type, entry.object_id].filter((part) => part !== null).join(' ')}
                  </Cell>
                  <Cell className="max-w-xl break-words font-mono text-xs text-soft">{sayDetails(entry.details)}</Cell>
                </tr>
              ))}
            </Table>
          )
        }
      </Answer>
      <div className="mt-4 flex justify-end gap-2">
        {before !== null && <Button onClick={() => setBefore(null)}>Newest</Button>}
        {entries.data?.length === PAGE && (
          <Button onClick={() => setBefore(entries.data?.at(-1)?.id ?? null)}>Older</Button>
        )}
      </div>
    </>
  )
}

function sayDetails(details: unknown): string {
  const text = details === null ? '' : JSON.stringify(details)
  return text === '{}' ? '' : text
}
