import { useAction, useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { Modal } from '../parts/modal.tsx'
import { Answer } from '../parts/states.tsx'
import { whole } from '../parts/words.ts'

const SPOILS = ['listVectorTasks', 'listCollections', 'vectorCoverage'] as const

/** Says what building the configured model’s vectors takes before it is begun. */
export function ModelModal({ onClose }: { readonly onClose: () => void }) {
  const estimate = useAnswer('estimateModelChange', {})
  const change = useAction('changeModel', { spoils: SPOILS, success: () => 'Began to build the vectors.' })
  return (
    <Modal
      title="Change the model"
      about="Searches are answered by the present model until the new one is complete"
      onClose={onClose}
    >
      <div className="flex flex-col gap-5">
        <Answer query={estimate}>
          {({ documents, chunks, tokens }) => (
            <p>
              Building the configured model’s vectors embeds {whole(documents)} texts in {whole(chunks)} chunks, about{' '}
              {whole(tokens)} tokens. What it has already is not embedded again.
            </p>
          )}
        </Answer>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" busy={change.isPending} onClick={() => change.mutate({}, { onSuccess: onClose })}>
            Change to the configured model
          </Button>
        </div>
      </div>
    </Modal>
  )
}
