import { MailCheck } from 'lucide-react'
import { useState } from 'react'
import type { DeadLetter } from '#contract/queues.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { counted, moment, whole } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'
import { DeadLetterModal } from './dead-letter-modal.tsx'

const REFRESH_MS = 6_000
/** As many as one request lists. */
const SHOWN = 500
const SPOILS = ['listDeadLetters', 'queueHealth', 'listJobs'] as const

/** What was given up, with what can be done about it. */
export function DeadLetters() {
  const letters = useAnswer('listDeadLetters', { query: { limit: SHOWN } }, { refreshMs: REFRESH_MS })
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [shown, setShown] = useState<number | null>(null)
  const [discarding, setDiscarding] = useState(false)
  const { may } = useSession()
  const forget = {
    onSuccess: () => {
      setChosen(new Set())
      setDiscarding(false)
    },
  }
  const requeue = useAction('requeueDeadLetters', {
    spoils: SPOILS,
    success: ({ adopted, waiting }) => `Requeued: ${adopted} in the run under way, ${waiting} for the next run.`,
  })
  const discard = useAction('discardDeadLetters', {
    spoils: SPOILS,
    success: ({ discarded }) => `Discarded ${counted(discarded, 'dead letter')}.`,
  })
  const all = letters.data?.dead_letters.map((letter) => letter.id) ?? []
  const present = all.filter((id) => chosen.has(id))
  const mark = (id: number): void =>
    setChosen(chosen.has(id) ? new Set([...chosen].filter((other) => other !== id)) : new Set([...chosen, id]))
  return (
    <section aria-labelledby="dead-letters">
      <div className="mb-4 flex min-h-9 flex-wrap items-center justify-between gap-3">
        <h2 id="dead-letters" className="text-lg font-semibold">
          Dead letters
        </h2>
        {all.length > 0 && may('operator') && (
          <div className="flex flex-wrap items-center gap-2">
            <span className="mr-1 text-sm text-soft">{present.length === 0 ? '' : `${present.length} chosen`}</span>
            {all.length > 1 && (
              <Button onClick={() => setChosen(new Set(present.length === all.length ? [] : all))}>
                {present.length === all.length ? 'Choose none' : `Choose all ${whole(all.length)}`}
              </Button>
            )}
            <Button
              look="main"
              busy={requeue.isPending}
              disabled={present.length === 0}
              onClick={() => requeue.mutate({ body: { ids: present } }, forget)}
            >
              Requeue
            </Button>
            <Button look="danger" disabled={present.length === 0} onClick={() => setDiscarding(true)}>
              Discard
            </Button>
          </div>
        )}
      </div>
      <Answer query={letters}>
        {({ dead_letters: list, next }) =>
          list.length === 0 ? (
            <Empty icon={MailCheck} title="Nothing was given up">
              When something cannot be read or loaded, it waits here with the reason and the remedy, and the rest goes
              on.
            </Empty>
          ) : (
            <>
              {next !== null && (
                <p className="mb-3 text-sm text-soft">
                  The oldest {whole(list.length)}. There are more: they follow as soon as these are requeued or
                  discarded.
                </p>
              )}
              <Table caption="Dead letters" heads={['Choose', 'What', 'Why', 'Attempts', 'Since', '']}>
                {list.map((letter) => (
                  <Row
                    key={letter.id}
                    letter={letter}
                    chosen={chosen.has(letter.id)}
                    onMark={() => mark(letter.id)}
                    onShow={() => setShown(letter.id)}
                  />
                ))}
              </Table>
            </>
          )
        }
      </Answer>
      {shown !== null && <DeadLetterModal id={shown} onClose={() => setShown(null)} />}
      {discarding && (
        <Confirm
          title={`Discard ${counted(present.length, 'dead letter')}?`}
          action="Discard for good"
          busy={discard.isPending}
          onClose={() => setDiscarding(false)}
          onConfirm={() => discard.mutate({ body: { ids: present } }, forget)}
        >
          What they stand for is not read or loaded any more, until a full run meets it again.
        </Confirm>
      )}
    </section>
  )
}

function Row(props: {
  readonly letter: DeadLetter
  readonly chosen: boolean
  readonly onMark: () => void
  readonly onShow: () => void
}) {
  const { letter } = props
  return (
    <tr>
      <Cell>
        <input
          type="checkbox"
          aria-label={`Choose dead letter ${letter.id}`}
          checked={props.chosen}
          onChange={props.onMark}
          className="size-4 accent-(--color-1)"
        />
      </Cell>
      <Cell>
        <p className="font-medium">
          {letter.job_name} · {letter.job_type}
        </p>
        <p className="text-sm text-soft">{letter.step}</p>
      </Cell>
      <Cell className="max-w-xl">
        <div className="flex flex-wrap gap-1.5">
          <Badge look="bad">{letter.code}</Badge>
          {letter.transient && <Badge look="warn">the next run tries again</Badge>}
          {letter.requeued_at && <Badge look="busy">requeued</Badge>}
        </div>
        <p className="mt-1 line-clamp-2 text-sm">{letter.message}</p>
      </Cell>
      <Cell>{letter.attempts}</Cell>
      <Cell className="whitespace-nowrap text-sm text-soft">{letter.died_at ? moment(letter.died_at) : '–'}</Cell>
      <Cell>
        <Button onClick={props.onShow} aria-label={`Inspect dead letter ${letter.id}`}>
          Inspect
        </Button>
      </Cell>
    </tr>
  )
}
