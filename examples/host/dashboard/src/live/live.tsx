import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { JobCard, JobStatus } from '#contract/jobs.ts'
import type { JobProgress, JobStatusUpdate } from '#contract/live.ts'
import { useSession } from '../session/session.tsx'
import { type LiveState, openLiveConnection } from './live-connection.ts'

interface Live {
  readonly state: LiveState
  /** By job; of the run that was heard of last. */
  readonly progress: ReadonlyMap<number, JobProgress>
  /** By job: the newest document that was announced on this connection. */
  readonly documents: ReadonlyMap<number, JobStatus>
}

const Context = createContext<Live>({ state: 'connecting', progress: new Map(), documents: new Map() })

/** Keeps what the server announces: how jobs are, and what runs have done so far. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { account } = useSession()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const [progress, setProgress] = useState<ReadonlyMap<number, JobProgress>>(new Map())
  const [documents, setDocuments] = useState<ReadonlyMap<number, JobStatus>>(new Map())
  const tenantId = account?.tenant_id

  useEffect(() => {
    if (tenantId === undefined) return
    const heard = new Map<number, JobStatus>()
    let wasLost = false
    const takeStatus = ({ job_id, status }: JobStatusUpdate): void => {
      const before = heard.get(job_id)
      if (before && status.revision <= before.revision) return
      heard.set(job_id, status)
      setDocuments(new Map(heard))
      const shown = queries.getQueryData<readonly JobCard[]>(['listJobs', {}])?.find((job) => job.id === job_id)
      const known = before ?? shown?.status_detail
      if (known === undefined || known.revision === status.revision) return
      // Within a run, only its progress changes. A run that was over between two announcements is one of no new `overall`.
      if (status.overall === 'RUNNING' && known.overall === 'RUNNING') return
      // Of the run before.
      setProgress((all) => new Map([...all].filter(([id]) => id !== job_id)))
      // What a status document does not carry, such as times and errors, and what the run brought, whichever page shows it.
      void queries.invalidateQueries()
    }
    return openLiveConnection(tenantId, {
      message: (message) => {
        if (message.type === 'job_status_update') takeStatus(message)
        else setProgress((before) => new Map(before).set(message.job_id, message))
      },
      state: (next) => {
        setState(next)
        if (next !== 'live') {
          wasLost ||= next === 'lost'
          return
        }
        // Whatever answers now may have been restored from a backup, so that its revisions begin anew.
        heard.clear()
        if (wasLost) void queries.invalidateQueries()
        wasLost = false
      },
    })
  }, [tenantId, queries])

  return <Context value={{ state, progress, documents }}>{children}</Context>
}

export const useLive = () => useContext(Context)
