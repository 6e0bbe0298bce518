import type { COUNTERS, HISTOGRAMS, SPANS } from '../telemetry/instruments.ts'

export type SpanName = keyof typeof SPANS
export type CounterName = keyof typeof COUNTERS
export type HistogramName = keyof typeof HISTOGRAMS

/** What is said about a span or a measurement. Never holds a secret, nor the content of a record. */
export type TelemetryAttributes = { readonly [name: string]: string | number | boolean }

/** A piece of work that is being watched. */
export interface Span {
  set(attributes: TelemetryAttributes): void
  /** It did not succeed, although nothing was thrown. */
  fail(code: string): void
}

/**
 * Where the engine says how it is doing: spans for traces, numbers for metrics. The instruments are listed in
 * `telemetry/instruments.ts`. Whatever an implementation does, it must neither throw nor keep the work waiting.
 */
export interface Telemetry {
  /** Does work inside of a span; spans that begin in it become its children. A rejection fails it, and is passed on. */
  span<T>(name: SpanName, attributes: TelemetryAttributes, work: (span: Span) => Promise<T>): Promise<T>
  add(name: CounterName, value: number, attributes?: TelemetryAttributes): void
  record(name: HistogramName, value: number, attributes?: TelemetryAttributes): void
}
