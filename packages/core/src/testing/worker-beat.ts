import type { WorkerBeat } from '../ports/ledger.ts'

/** What a worker of this name says, for tests of those who listen. */
export function workerBeat(workerId: string, more: Partial<WorkerBeat> = {}): WorkerBeat {
  return {
    workerId,
    roles: ['embed'],
    host: 'localhost',
    pid: 1,
    version: '0.0.0',
    rssBytes: 0,
    peakRssBytes: 0,
    atWork: 0,
    capacity: 1,
    staleAfterMs: 20_000,
    ...more,
  }
}
