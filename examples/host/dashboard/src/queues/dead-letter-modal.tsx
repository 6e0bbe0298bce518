import { useState } from 'react'
import { useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { Modal } from '../parts/modal.tsx'
import { Answer } from '../parts/states.tsx'

/** Everything that is known of one dead letter; its record only when asked for, since it may be long. */
export function DeadLetterModal({ id, onClose }: { readonly id: number; readonly onClose: () => void }) {
  const [withRecord, setWithRecord] = useState(false)
  const letter = useAnswer('showDeadLetter', { params: { id }, query: withRecord ? { record: 'true' } : {} })
  return (
    <Modal width="wide" title={`Dead letter ${id}`} onClose={onClose}>
      <Answer query={letter}>
        {(found) => (
          <div className="flex flex-col gap-4">
            <p className="break-words rounded-xl bg-bad-ground px-4 py-3 text-bad">{found.message}</p>
            {found.remedy && (
              <p>
                <strong>What to do:</strong> {found.remedy}
              </p>
            )}
            <Json title="Payload" value={found.payload} />
            <Json title="Context" value={found.context} />
            {found.record ? (
              <Json title="Record" value={found.record} />
            ) : (
              found.raw_id !== null && (
                <div>
                  <Button busy={letter.isFetching} onClick={() => setWithRecord(true)}>
                    Show the record
                  </Button>
                </div>
              )
            )}
          </div>
        )}
      </Answer>
    </Modal>
  )
}

function Json({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold">{title}</h3>
      <pre className="max-h-72 overflow-auto rounded-xl bg-sunken p-4 text-sm">{JSON.stringify(value, null, 2)}</pre>
    </section>
  )
}
