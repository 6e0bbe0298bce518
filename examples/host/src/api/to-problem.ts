import { type ErrorCode, isMillraceError } from '@millrace/core'
import type { Dependants } from '@millrace/sink-postgres'
import { toDependencies } from './configuration/to-dependencies.ts'
import type { Problem } from './contract/problem.ts'
import { Refusal } from './refusal.ts'

/** What errors of the SDK mean for whoever asked; the others are this side's fault. */
const STATUS: { readonly [code in ErrorCode]?: number } = {
  INVALID_CONFIG: 400,
  INVALID_INPUT: 400,
  FORBIDDEN_URL: 400,
  NOT_FOUND: 404,
  RUN_UNKNOWN: 404,
  RUN_REFUSED: 409,
  ALREADY_EXISTS: 409,
  SCHEMA_MISMATCH: 409,
  CANCELLED: 503,
  DATABASE_UNAVAILABLE: 503,
  DATABASE_CONFLICT: 503,
  BROKER_UNAVAILABLE: 503,
  EMBED_FAILED: 503,
  RATE_LIMITED: 503,
  HTTP_UNAVAILABLE: 503,
  HTTP_TIMEOUT: 503,
  HTTP_STATUS: 503,
}

/** Of the framework, by the status that it gives. */
const CODES: { readonly [status: number]: string } = {
  400: 'BAD_REQUEST',
  404: 'UNKNOWN_ROUTE',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
}

const UNKNOWN: Problem = {
  code: 'INTERNAL',
  message: 'Failed to answer: something happened that should be impossible. The log of the server says more.',
}

/** What is answered instead of what was asked for. Says nothing about errors that nobody foresaw: they may hold anything. */
export function toProblem(error: unknown): { readonly status: number; readonly problem: Problem } {
  if (error instanceof Refusal) return { status: error.status, problem: error.problem }
  if (isMillraceError(error)) {
    if (error.code === 'RUN_REFUSED' && error.context.reason === 'missing') {
      return { status: 404, problem: { code: 'NOT_FOUND', message: error.message } }
    }
    const { code, message, context } = error
    if (code === 'IN_USE') {
      const { dependants } = toDependencies(context.dependants as readonly Dependants[])
      return { status: 409, problem: { code, message, dependants } }
    }
    return { status: STATUS[code] ?? 500, problem: { code, message } }
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  const code = CODES[status]
  if (!code) return { status: 500, problem: UNKNOWN }
  const reason = error instanceof Error ? error.message : ''
  return { status, problem: { code, message: `Failed to read the request: ${reason}` } }
}
