import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import type { BrowserContext, WebSocketRoute } from 'playwright-core'
import type { LiveMessage } from '../../api/contract/live.ts'
import { ROUTES, type RouteName } from '../../api/contract/routes.ts'
import { readDashboardFiles } from '../dashboard-files.ts'
import { dashboardRoutes } from '../dashboard-routes.ts'
import type { Answers } from './canned-answers.ts'

const BUILT = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

/** The built dashboard, as the host serves it. */
export async function serveBuiltDashboard(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = Fastify({ forceCloseConnections: true })
  await server.register(dashboardRoutes, { files: readDashboardFiles(BUILT) })
  await server.listen({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** What a page asked for, and a hand on its live connection. */
export interface CannedHost {
  readonly asked: { readonly name: RouteName; readonly body: unknown }[]
  /** Answers of later requests are these instead. */
  change(answers: Answers): void
  announce(message: LiveMessage): void
  /** Cuts the live connection; the next one is accepted. */
  cut(): void
}

/** Answers a browser’s requests of the API by the contract’s routes. What is not canned fails as an outage would. */
export async function answerCanned(context: BrowserContext, initial: Answers): Promise<CannedHost> {
  let answers = initial
  let socket: WebSocketRoute | undefined
  const asked: { readonly name: RouteName; readonly body: unknown }[] = []
  await context.route(/\/(app|api)\//, async (route) => {
    const request = route.request()
    const name = nameOf(request.method(), new URL(request.url()).pathname)
    if (name) asked.push({ name, body: request.postDataJSON() })
    const answer = name && answers[name]
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
    asked,
    change: (changes) => {
      answers = { ...answers, ...changes }
    },
    announce: (message) => socket?.send(JSON.stringify(message)),
    cut: () => void socket?.close({ code: 1001 }),
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
