import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { BrowserContext, WebSocketRoute } from 'playwright-core'
import type { LiveMessage } from '../../api/contract/live.ts'
import { ROUTES, type RouteName } from '../../api/contract/routes.ts'
import { serveBuiltDashboard } from '../built-dashboard.ts'
import { type Answers, answerOf } from './canned-answers.ts'

/** The built dashboard, as the host serves it. */
export async function serveDashboardAlone(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = Fastify({ forceCloseConnections: true })
  if (!(await serveBuiltDashboard(server)))
    throw new Error('The dashboard is not built. Run this by npm, which builds it.')
  await server.listen({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** A hand on what a page is told. */
export interface CannedHost {
  /** Answers of later requests are these instead. */
  change(answers: Answers): void
  announce(message: LiveMessage): void
}

/** Answers a browser’s requests of the API by the contract’s routes. What is not canned fails as an outage would. */
export async function answerCanned(context: BrowserContext, initial: Answers): Promise<CannedHost> {
  let answers = initial
  let socket: WebSocketRoute | undefined
  await context.route(/\/(app|api)\//, async (route) => {
    const request = route.request()
    const { pathname } = new URL(request.url())
    const name = nameOf(request.method(), pathname)
    const answer = name && answerOf(answers, name, Number(/\/(\d+)/.exec(pathname)?.[1]))
    if (answer !== undefined) return route.fulfill({ json: answer })
    return route.fulfill({
      status: 503,
      json: {
        code: 'DATABASE_UNAVAILABLE',
        message: 'Failed to reach the database: it does not answer. It is tried again.',
      },
    })
  })
  await context.routeWebSocket(/\/ws\/jobs\//, (opened) => {
    socket = opened
  })
  return {
    change: (changes) => {
      answers = { ...answers, ...changes }
    },
    announce: (message) => socket?.send(JSON.stringify(message)),
  }
}

function nameOf(method: string, path: string): RouteName | undefined {
  const fits = Object.entries(ROUTES).filter(([, route]) => {
    const pattern = new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`)
    return route.method === method && pattern.test(path)
  })
  // A path without parameters is meant before one that has them.
  const [best] = fits.sort(([, a], [, b]) => a.path.split(':').length - b.path.split(':').length)
  return best?.[0] as RouteName | undefined
}
