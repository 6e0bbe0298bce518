import { hostname } from 'node:os'

/** Where this process runs, for the list of workers. */
export function workerIdentity(): { readonly host: string; readonly pid: number } {
  return { host: hostname(), pid: process.pid }
}
