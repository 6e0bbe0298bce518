import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'
import type { JobCard } from '#contract/jobs.ts'
import type { JobProgress, JobStatusUpdate } from '#contract/live.ts'
import { useSession } from '../session/session.tsx'
import { type LiveState, openLiveConnection } from './live-connection.ts'

interface Live {
  readonly state: LiveState
  /** By job; of the run that was heard of last. */
  readonly progress: ReadonlyMap<number, JobProgress>
}

const Context = createContext<Live>({ state: 'connecting', progress: new Map() })

/** Brings what the server announces into the cache of `listJobs`, and keeps what runs have done so far. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { account } = useSession()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const [progress, setProgress] = useState<ReadonlyMap<number, JobProgress>>(new Map())
  const wasLost = useRef(false)
  const tenantId = account?.tenant_id

  useEffect(() => {
    if (tenantId === undefined) return
    const takeStatus = ({ job_id, status }: JobStatusUpdate): void => {
      const jobs = queries.getQueryData<readonly JobCard[]>(['listJobs', {}])
      const known = jobs?.find((job) => job.id === job_id)
      if (!jobs || !known || status.revision < known.status_detail.revision) return
      queries.setQueryData(
        ['listJobs', {}],
        jobs.map((job) => (job === known ? { ...job, status: status.overall, status_detail: status } : job)),
      )
      if (known.status === status.overall) return
      // What a status document does not carry: times of runs, errors, the next one.
      for (const name of ['listJobs', 'listRuns', 'showJob', 'showRun'])
        void queries.invalidateQueries({ queryKey: [name] })
    }
    return openLiveConnection(tenantId, {
      message: (message) => {
        if (message.type === 'job_status_update') takeStatus(message)
        else setProgress((before) => new Map(before).set(message.job_id, message))
      },
      state: (next) => {
        setState(next)
        if (next === 'live' && wasLost.current) void queries.invalidateQueries()
        wasLost.current = next === 'lost'
      },
    })
  }, [tenantId, queries])

  return <Context value={{ state, progress }}>{children}</Context>
}

export const useLive = () => useContext(Context)
