const KILOBYTE = 1_024
/** The operating system takes longer to answer than a small commit takes to send. */
const FRESH_MS = 200

let known = { rssBytes: 0, peakRssBytes: 0, at: Number.NEGATIVE_INFINITY }

/** Resident memory of this process, as of at most a fifth of a second ago: then, and the most that it ever was. */
export function processMemory(): { readonly rssBytes: number; readonly peakRssBytes: number } {
  if (performance.now() - known.at > FRESH_MS) {
    const peakRssBytes = process.resourceUsage().maxRSS * KILOBYTE
    known = { rssBytes: process.memoryUsage.rss(), peakRssBytes, at: performance.now() }
  }
  const { rssBytes, peakRssBytes } = known
  return { rssBytes, peakRssBytes }
}
