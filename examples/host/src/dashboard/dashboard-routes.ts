import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { DashboardFile } from './dashboard-files.ts'

/** Pages of the dashboard: each is the same document, and a script decides what it shows. */
export const DASHBOARD_PAGES = [
  '/',
  '/integrations',
  '/queues',
  '/workers',
  '/custom-fields',
  '/wits',
  '/hierarchies',
  '/statuses',
  '/workflows',
  '/qdrant',
  '/insights',
  '/users',
  '/audit',
] as const

/** Serves a built dashboard beside whatever else the server answers. */
export const dashboardRoutes: FastifyPluginAsync<{ readonly files: ReadonlyMap<string, DashboardFile> }> = async (
  server,
  { files },
) => {
  for (const [path, file] of files) {
    if (path !== '/index.html') server.get(path, (request, reply) => sendFile(file, request, reply))
  }
  const document = files.get('/index.html')
  if (!document) return
  for (const path of DASHBOARD_PAGES) server.get(path, (request, reply) => sendFile(document, request, reply))
}

function sendFile(file: DashboardFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .header('content-type', file.type)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  if (!file.gzipped || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(file.body)
  return reply.header('content-encoding', 'gzip').send(file.gzipped)
}
