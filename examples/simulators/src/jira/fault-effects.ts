import { type Answer, okJson, refusal } from './answer.ts'
import type { Fault } from './faults.ts'
import type { Bend } from './routes/route.ts'

/** How faults bend what a route answers. */
export const bendOf = (faults: readonly Fault[]): Bend => {
  let bend: Bend = {
    pageSize: undefined,
    repeatToken: false,
    dropToken: false,
    more: 0,
    historyLimit: Number.POSITIVE_INFINITY,
    hidesTotal: false,
    withoutFieldsAt: undefined,
  }
  for (const fault of faults) {
    if (fault.kind === 'short-page') bend = { ...bend, pageSize: fault.size }
    if (fault.kind === 'repeated-token') bend = { ...bend, repeatToken: true }
    if (fault.kind === 'missing-token') bend = { ...bend, dropToken: true }
    if (fault.kind === 'wrong-total') bend = { ...bend, more: fault.more }
    if (fault.kind === 'truncated-changelog') {
      bend = { ...bend, historyLimit: fault.keep, hidesTotal: fault.hidesTotal }
    }
    if (fault.kind === 'missing-fields') bend = { ...bend, withoutFieldsAt: fault.position }
  }
  return bend
}

const HTML = { 'content-type': 'text/html; charset=utf-8' }
const RATE_LIMIT = 100
const GITHUB = { id: 'com.github.integration.production', name: 'GitHub', type: 'GitHub' } as const

/** 429 as Jira itself sends it. */
export const rateLimited = (now: number, retryAfterSeconds: number, reason: string): Answer => ({
  ...refusal(429, 'Rate limit exceeded. Please try again later.'),
  headers: {
    'Retry-After': String(Math.ceil(retryAfterSeconds)),
    'X-RateLimit-Limit': String(RATE_LIMIT),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': new Date(now + retryAfterSeconds * 1000).toISOString().replace(/:\d\d\.\d+Z/, 'Z'),
    'RateLimit-Reason': reason,
  },
})

/** The answer a fault gives in place of the route's, if it is of that sort. */
export const replacementFor = (fault: Fault, now: number): Answer | undefined => {
  switch (fault.kind) {
    case 'rate-limit':
      return rateLimited(now, fault.retryAfterSeconds, fault.reason)
    case 'gateway-rate-limit':
      return {
        status: 429,
        body: JSON.stringify({ code: 429, message: 'Too many requests' }),
        headers: { 'X-Failure-Category': 'FAILURE CLIENT RATE LIMITED' },
      }
    case 'status':
      return serverError(fault.status, fault.retryAfterSeconds)
    case 'expired-token':
      return refusal(400, 'The provided next page token is invalid or has expired.')
    case 'panel-errors':
      return okJson({
        errors: [{ error: 'UNAUTHORIZED', instance: GITHUB }],
        configErrors: [],
        summary: {},
        detail: [],
      })
    case 'not-json':
      return { status: 200, body: '<!DOCTYPE html><html><body>Jira is being upgraded.</body></html>', headers: HTML }
    default:
      return undefined
  }
}

const serverError = (status: number, retryAfterSeconds: number | undefined): Answer => {
  const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterSeconds)) }
  if (status === 502 || status === 504) {
    return {
      status,
      body: `<html><body><h1>${status} ${status === 502 ? 'Bad Gateway' : 'Gateway Time-out'}</h1></body></html>`,
      headers: { ...headers, ...HTML },
    }
  }
  const message = status === 503 ? 'Service unavailable.' : status >= 500 ? 'Internal server error' : 'Refused.'
  return { ...refusal(status, message), headers }
}
