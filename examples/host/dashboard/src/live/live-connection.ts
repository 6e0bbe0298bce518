import { jobsChannelPath, type LiveMessage, liveMessage } from '#contract/live.ts'
import { call } from '../api/call.ts'

export type LiveState = 'connecting' | 'live' | 'lost'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/**
 * One connection that carries all jobs of a tenant. It connects again by itself, each time with a new ticket, later and later;
 * whole documents come on connect, so nothing needs to be caught up with.
 *
 * @returns what ends it
 */
export function openLiveConnection(
  tenantId: number,
  on: { readonly message: (message: LiveMessage) => void; readonly state: (state: LiveState) => void },
): () => void {
  let ended = false
  let failures = 0
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const later = (): void => {
    if (ended) return
    failures += 1
    if (failures > 1) on.state('lost')
    timer = setTimeout(connect, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)))
  }
  const connect = async (): Promise<void> => {
    try {
      const { ticket } = await call('createTicket', {})
      if (ended) return
      const base = location.origin.replace(/^http/, 'ws')
      socket = new WebSocket(base + jobsChannelPath(tenantId, ticket))
    } catch {
      later()
      return
    }
    socket.onopen = () => {
      failures = 0
      on.state('live')
    }
    socket.onmessage = ({ data }) => {
      const parsed = liveMessage.safeParse(JSON.parse(String(data)))
      if (parsed.success) on.message(parsed.data)
    }
    socket.onclose = () => {
      if (!ended) on.state('lost')
      later()
    }
  }

  void connect()
  return () => {
    ended = true
    clearTimeout(timer)
    socket?.close()
  }
}
