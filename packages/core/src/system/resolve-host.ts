import { lookup } from 'node:dns/promises'

/** The addresses that a host name stands for, as a connection would see them; none when it does not resolve. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true })
    return found.map((entry) => entry.address)
  } catch {
    // The request that follows fails with the resolver's own error.
    return []
  }
}
