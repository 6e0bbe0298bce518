import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MillraceError } from '@millrace/core'
import { openTelemetry } from '@millrace/core/opentelemetry'
import { context, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTelemetry } from './start-telemetry.ts'

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())

function traced() {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  return { telemetry: openTelemetry({ tracer: provider.getTracer('test') }), spans: () => exporter.getFinishedSpans() }
}

test('spans that begin in another one are its children', async () => {
  const { telemetry, spans } = traced()
  await telemetry.span('millrace.transform', { 'millrace.tenant': 7 }, async (span) => {
    await telemetry.span('millrace.load', {}, async () => undefined)
    span.set({ 'millrace.outcome': 'done' })
  })
  const [load, transform] = spans()
  expect(load?.parentSpanContext?.spanId).toBe(transform?.spanContext().spanId)
  expect(transform?.attributes).toEqual({ 'millrace.tenant': 7, 'millrace.outcome': 'done' })
  expect(transform?.status.code).toBe(SpanStatusCode.UNSET)
})

test('a failure is told by its code, never by its message, and passed on', async () => {
  const { telemetry, spans } = traced()
  const failing = (error: Error): Promise<void> => telemetry.span('millrace.http', {}, () => Promise.reject(error))
  const known = new MillraceError('HTTP_TIMEOUT', { message: 'Failed to fetch: s3cret.' })
  await expect(failing(known)).rejects.toBe(known)
  await expect(failing(new Error('s3cret'))).rejects.toThrow('s3cret')
  expect(spans().map(({ attributes }) => attributes)).toEqual([
    { 'error.type': 'HTTP_TIMEOUT' },
    { 'error.type': 'INTERNAL' },
  ])
  expect(spans().map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR])
  const recorded = spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))
  expect(JSON.stringify(recorded)).not.toContain('s3cret')
})

test('what is counted and measured is what Prometheus reads', async () => {
  const { telemetry, render, stop } = startTelemetry({ otlpEndpoint: undefined })
  telemetry.add('millrace.rows', 2, { stage: 'extract', outcome: 'done' })
  telemetry.add('millrace.rows', 1, { stage: 'extract', outcome: 'done' })
  telemetry.record('millrace.row.duration', 0.07, { stage: 'extract', outcome: 'done' })
  const text = await render()
  await stop()
  expect(text).toContain('millrace_rows_total{stage="extract",outcome="done"} 3')
  expect(text).toContain('millrace_row_duration_bucket{stage="extract",outcome="done",le="0.05"} 0')
  expect(text).toContain('millrace_row_duration_bucket{stage="extract",outcome="done",le="0.1"} 1')
})

test('traces are sent to the endpoint that was given, at the latest when the process stops', async () => {
  const received: { readonly url: string | undefined; readonly body: string }[] = []
  const collector = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    received.push({ url: request.url, body })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  const { telemetry, stop } = startTelemetry({ otlpEndpoint: `http://127.0.0.1:${port}/` })
  await telemetry.span('millrace.plan', { 'millrace.step': 'issues' }, async () => undefined)
  await stop()
  collector.close()
  expect(received.map(({ url }) => url)).toEqual(['/v1/traces'])
  expect(received[0]?.body).toContain('millrace.plan')
})
