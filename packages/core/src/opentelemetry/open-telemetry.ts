import {
  type Counter,
  type Histogram,
  type Meter,
  metrics,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { isMillraceError } from '../errors/millrace-error.ts'
import type { Span, Telemetry } from '../ports/telemetry.ts'
import { COUNTERS, HISTOGRAMS } from '../telemetry/instruments.ts'
import { VERSION } from '../version.ts'

export interface OpenTelemetryOptions {
  /** @default `trace.getTracer('millrace')` */
  readonly tracer?: Tracer
  /** @default `metrics.getMeter('millrace')` */
  readonly meter?: Meter
}

/** Bounds of durations in seconds: OpenTelemetry's own are for milliseconds. */
const DURATION_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/**
 * Telemetry by way of `@opentelemetry/api`, which does nothing until the program registers an SDK. Child spans need a
 * context manager, which the SDK for Node brings along.
 *
 * @example
 * createRuntime({ …, telemetry: openTelemetry() })
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const tracer = options.tracer ?? trace.getTracer('millrace', VERSION)
  const meter = options.meter ?? metrics.getMeter('millrace', VERSION)
  const counters = new Map<string, Counter>(
    Object.entries(COUNTERS).map(([name, instrument]) => [name, meter.createCounter(name, instrument)]),
  )
  const histograms = new Map<string, Histogram>(
    Object.entries(HISTOGRAMS).map(([name, instrument]) => {
      const advice = { explicitBucketBoundaries: DURATION_BOUNDARIES }
      return [name, meter.createHistogram(name, { ...instrument, advice })]
    }),
  )
  return {
    span: (name, attributes, work) =>
      tracer.startActiveSpan(name, { attributes }, async (active) => {
        const span: Span = {
          set: (more) => void active.setAttributes(more),
          fail: (code) => {
            active.setAttribute('error.type', code)
            active.setStatus({ code: SpanStatusCode.ERROR })
          },
        }
        try {
          return await work(span)
        } catch (error) {
          // The message of a foreign error may quote what nobody should read.
          span.fail(isMillraceError(error) ? error.code : 'INTERNAL')
          throw error
        } finally {
          active.end()
        }
      }),
    add: (name, value, attributes) => counters.get(name)?.add(value, attributes),
    record: (name, value, attributes) => histograms.get(name)?.record(value, attributes),
  }
}
