/** Resident memory of this process, in bytes. */
export function residentMemory(): number {
  return process.memoryUsage.rss()
}
