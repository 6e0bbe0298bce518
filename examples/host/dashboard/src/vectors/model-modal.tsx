import { useAction, useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Answer } from '../parts/states.tsx'
import { whole } from '../parts/words.ts'

const SPOILS = ['listVectorTasks', 'listCollections', 'vectorCoverage'] as const

/** Says what building the configured model’s vectors takes before it is begun, and offers what else can be done about models. */
export function ModelModal({ models, onClose }: { readonly models: number; readonly onClose: () => void }) {
  const estimate = useAnswer('estimateModelChange', {})
  const change = useAction('changeModel', { spoils: SPOILS, success: () => 'Began to build the vectors.' })
  const rollBack = useAction('rollBackModel', { spoils: SPOILS, success: ({ profile }) => `${profile} serves again.` })
  const forget = useAction('forgetModels', {
    spoils: SPOILS,
    success: ({ forgotten }) =>
      forgotten.length === 0 ? 'There was nothing to forget.' : `Forgot ${forgotten.join(', ')}.`,
  })
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
        {models > 1 && (
          <div className="flex flex-wrap gap-2">
            <Button busy={rollBack.isPending} onClick={() => rollBack.mutate({}, { onSuccess: onClose })}>
              Roll back to the model from before
            </Button>
            <Button look="danger" busy={forget.isPending} onClick={() => forget.mutate({}, { onSuccess: onClose })}>
              Forget all but the one that serves
            </Button>
          </div>
        )}
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="main"
            busy={change.isPending}
            onClick={() => change.mutate({ body: {} }, { onSuccess: onClose })}
          >
            Change to the configured model
          </Button>
        </ModalActions>
      </div>
    </Modal>
  )
}
