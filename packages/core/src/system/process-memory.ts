const KILOBYTE = 1_024

/** Resident memory of this process: now, and the most that it ever was. */
export function processMemory(): { readonly rssBytes: number; readonly peakRssBytes: number } {
  return { rssBytes: process.memoryUsage.rss(), peakRssBytes: process.resourceUsage().maxRSS * KILOBYTE }
}
