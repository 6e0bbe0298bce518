import type { JobCard } from '#contract/jobs.ts'
import { useAnswer } from '../api/use-api.ts'
import type { Answered } from '../parts/states.tsx'
import { useLive } from './live.tsx'

/** Reads everything again now and then, beside what is announced: an announcement can be lost. */
const REFRESH_MS = 15_000

/**
 * The jobs, each with the newest of its documents: an answer that was asked for before something happened may arrive after
 * the announcement of it, and must not set the card back.
 */
export function useJobs(): Answered<readonly JobCard[]> {
  const { data, error, failureReason, refetch } = useAnswer('listJobs', {}, { refreshMs: REFRESH_MS })
  const { documents } = useLive()
  const jobs = data?.map((job): JobCard => {
    const document = documents.get(job.id)
    return document && document.revision > job.status_detail.revision
      ? { ...job, status: document.overall, status_detail: document }
      : job
  })
  return { data: jobs, error, failureReason, refetch }
}
