import { Info } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { JobCard } from '#contract/jobs.ts'
import { useAction } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Failed } from '../parts/states.tsx'
import { longMinutes, shortMinutes } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'
import { AccountField } from './account-field.tsx'

const SCHEDULE_PRESETS = [60, 240, 360, 720, 1_440]
const RETRY_PRESETS = [5, 15, 30, 60]
const LONGEST_MINUTES = 525_600

const isMinutes = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= LONGEST_MINUTES

export function JobSettingsModal({ job, onClose }: { readonly job: JobCard; readonly onClose: () => void }) {
  const [schedule, setSchedule] = useState(job.schedule_interval_minutes)
  const [retry, setRetry] = useState(job.retry_interval_minutes)
  const [name, setName] = useState(job.job_name)
  const [account, setAccount] = useState(job.integration_id)
  const { may } = useSession()
  const spoils = ['listJobs', 'showJob', 'listIntegrations'] as const
  const save = useAction('setJobSettings', { spoils, success: ({ message }) => message, quiet: true })
  const change = useAction('updateJob', { spoils, quiet: true })
  const error = change.error ?? save.error

  const scheduleError = isMinutes(schedule) ? undefined : 'Use a whole number of minutes, 1 to 525,600 (a year).'
  const retryError = !isMinutes(retry)
    ? 'Use a whole number of minutes, 1 to 525,600 (a year).'
    : retry >= schedule
      ? 'The retry interval must be shorter than the schedule interval.'
      : undefined

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const params = { id: job.id }
    const changes = {
      ...(name !== job.job_name && { job_name: name }),
      ...(account !== job.integration_id && { integration_id: account }),
    }
    try {
      if (Object.keys(changes).length > 0) await change.mutateAsync({ params, body: changes })
      await save.mutateAsync({
        params,
        body: { schedule_interval_minutes: schedule, retry_interval_minutes: retry },
      })
      onClose()
    } catch {
      // What went wrong stands in the dialog.
    }
  }
  return (
    <Modal
      title={`Settings of ${job.job_name.toUpperCase()}`}
      about="When this job runs, and what it reads"
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
        <Interval
          label="Schedule interval (minutes)"
          presets={SCHEDULE_PRESETS}
          value={schedule}
          error={scheduleError}
          onChange={setSchedule}
        />
        <Interval
          label="Retry interval (minutes)"
          presets={RETRY_PRESETS}
          value={retry}
          error={retryError}
          onChange={setRetry}
        />
        <div className="flex gap-3 rounded-xl bg-busy-ground px-4 py-3 text-sm">
          <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-water" />
          <p>
            The job starts {isMinutes(schedule) ? longMinutes(schedule) : '…'} after its last start. After a failure
            that may pass, it tries again {isMinutes(retry) ? longMinutes(retry) : '…'} after the run’s end, until a run
            succeeds. No other job waits for it.
          </p>
        </div>
        {may('admin') && (
          <div className="grid gap-x-4 sm:grid-cols-2">
            <TextField label="Name" required value={name} onChange={(event) => setName(event.target.value)} />
            <AccountField
              connector={job.connector}
              value={account}
              hint={account === job.integration_id ? undefined : 'Another account is read from its beginning.'}
              onChange={setAccount}
            />
          </div>
        )}
        {error && <Failed error={error} />}
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="main"
            busy={save.isPending || change.isPending}
            disabled={scheduleError !== undefined || retryError !== undefined || !may('operator')}
          >
            Save settings
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}

function Interval(props: {
  readonly label: string
  readonly presets: readonly number[]
  readonly value: number
  readonly error: string | undefined
  readonly onChange: (minutes: number) => void
}) {
  const { label, presets, value, error, onChange } = props
  return (
    <div>
      <TextField
        label={label}
        type="number"
        min={1}
        value={Number.isNaN(value) ? '' : value}
        error={error}
        hint={isMinutes(value) ? longMinutes(value) : undefined}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <fieldset className="mt-2 flex flex-wrap gap-1.5">
        <legend className="sr-only">Presets of {label.toLowerCase()}</legend>
        {presets.map((minutes) => (
          <Button
            key={minutes}
            aria-pressed={minutes === value}
            look={minutes === value ? 'main' : 'plain'}
            onClick={() => onChange(minutes)}
          >
            {shortMinutes(minutes)}
          </Button>
        ))}
      </fieldset>
    </div>
  )
}
