import { jira } from '@millrace/connector-jira'
import { type MirrorOptions, startMirror, type WorkerProcess, type WorkerReport } from './mirror.ts'
import type { Site } from './simulated-site.ts'

export interface PipelineResult {
  readonly seconds: number
  readonly bytes: number
  readonly rowsWritten: number
  readonly workers: readonly WorkerReport[]
}

export interface PipelineOptions extends Pick<MirrorOptions, 'broker'> {
  readonly includeDevStatus?: boolean
  readonly batchSize?: number
}

/** Mirrors a Jira site once. */
export async function pipeline(
  site: Site,
  databaseUrl: string,
  processes: readonly WorkerProcess[],
  { includeDevStatus = false, batchSize, broker }: PipelineOptions = {},
): Promise<PipelineResult> {
  const account = {
    baseUrl: site.url,
    username: site.email,
    credentials: { apiToken: site.token },
    settings: { includeDevStatus },
  }
  const mirror = await startMirror(databaseUrl, { connector: jira, account, processes, broker })
  const { seconds, summary } = await mirror.run(batchSize === undefined ? {} : { batchSize })
  const { bytesReceived: bytes, rowsWritten } = summary.totals
  return { seconds, bytes, rowsWritten, workers: await mirror.stop() }
}
