import { type LucideIcon, Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Answer, type Answered, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { useSession } from '../session/session.tsx'
import { EntryActions } from './entry-actions.tsx'
import { EntryRemoval, type RemovableKind } from './entry-removal.tsx'

interface Column<Entry> {
  readonly head: string
  readonly look?: string
  readonly cell: (entry: Entry) => ReactNode
}

type Open<Entry> = { readonly kind: 'edit' | 'delete'; readonly entry: Entry } | { readonly kind: 'create' }

/** What people configured of one kind: the list, and what adds, changes and deletes an entry of it. */
export function EntryList<Entry extends { readonly id: string }>(props: {
  readonly kind: RemovableKind
  readonly query: Answered<readonly Entry[]>
  readonly caption: string
  readonly icon: LucideIcon
  /** On the button that adds one. */
  readonly addition: string
  /** What is said while there is none. */
  readonly none: { readonly title: string; readonly hint: string }
  readonly nameOf: (entry: Entry) => string
  readonly columns: readonly Column<Entry>[]
  /** Of a new entry, when none is given. */
  readonly form: (entry: Entry | undefined, onClose: () => void) => ReactNode
}) {
  const { kind, query, caption, nameOf, columns } = props
  const [open, setOpen] = useState<Open<Entry> | null>(null)
  const { may } = useSession()
  const close = (): void => setOpen(null)
  const add = may('operator') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> {props.addition}
    </Button>
  )
  return (
    <>
      <Answer query={query}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty icon={props.icon} title={props.none.title} action={add}>
              {props.none.hint}
            </Empty>
          ) : (
            <div className="flex flex-col gap-4">
              <div className="flex justify-end">{add}</div>
              <Table caption={caption} heads={[...columns.map(({ head }) => head), '']}>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    {columns.map(({ head, look = '', cell }) => (
                      <Cell key={head} className={look}>
                        {cell(entry)}
                      </Cell>
                    ))}
                    <Cell>
                      <EntryActions
                        name={nameOf(entry)}
                        onEdit={() => setOpen({ kind: 'edit', entry })}
                        onDelete={() => setOpen({ kind: 'delete', entry })}
                      />
                    </Cell>
                  </tr>
                ))}
              </Table>
            </div>
          )
        }
      </Answer>
      {open?.kind === 'create' && props.form(undefined, close)}
      {open?.kind === 'edit' && props.form(open.entry, close)}
      {open?.kind === 'delete' && (
        <EntryRemoval
          kind={kind}
          id={open.entry.id}
          names={new Map(query.data?.map((entry) => [entry.id, nameOf(entry)]))}
          onClose={close}
        />
      )}
    </>
  )
}
