import type { Telemetry } from '@millrace/core'
import { openTelemetry } from '@millrace/core/opentelemetry'
import { context, type Meter, metrics } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** Traces and metrics of this process. */
export interface RunningTelemetry {
  readonly telemetry: Telemetry
  readonly meter: Meter
  /** The metrics as Prometheus reads them. */
  render(): Promise<string>
  /** Sends what was not sent yet. */
  stop(): Promise<void>
}

/** Nothing leaves the process but traces to the endpoint, if there is one. Metrics are fetched. */
export function startTelemetry({ otlpEndpoint }: { readonly otlpEndpoint: string | undefined }): RunningTelemetry {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const meterProvider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meterProvider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors: SpanProcessor[] = otlpEndpoint
    ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesUrl(otlpEndpoint) }) })]
    : []
  const tracerProvider = new TracerProvider({ spanProcessors })
  const meter = meterProvider.getMeter('millrace')
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  return {
    telemetry: openTelemetry({ meter, tracer: tracerProvider.getTracer('millrace') }),
    meter,
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    stop: async () => {
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()])
      context.disable()
      metrics.disable()
    },
  }
}

/** The endpoint is a base; each signal has its path below it (OTLP specification, "Endpoint URLs for OTLP/HTTP"). */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`
}
