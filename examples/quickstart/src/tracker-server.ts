import { createServer, type Server } from 'node:http'

/** A tracker with a few hundred issues and an API of one endpoint: `GET /issues?page=1&size=100`. */
export function trackerServer(issues = 250): Server {
  const items = Array.from({ length: issues }, (_, index) => ({
    id: `T-${index + 1}`,
    title: `Issue number ${index + 1}`,
    updated: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
  }))
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('content-type', 'application/json')
    if (pathname !== '/issues') {
      response.statusCode = 404
      response.end(JSON.stringify({ error: `there is no ${pathname} here` }))
      return
    }
    const size = Number(searchParams.get('size') ?? 100)
    const start = (Number(searchParams.get('page') ?? 1) - 1) * size
    response.end(JSON.stringify({ items: items.slice(start, start + size), more: start + size < items.length }))
  })
}
