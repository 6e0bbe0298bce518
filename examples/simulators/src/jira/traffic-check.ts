import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import { z } from 'zod'
import { type Answer, INVALID_PAYLOAD } from './answer.ts'

/** A request that the contract refuses, or a request or response that Atlassian's OpenAPI file does not allow. */
export interface Violation {
  readonly method: string
  readonly route: string
  readonly where: 'query' | 'body' | 'response'
  readonly message: string
}

/** Collects what clients get wrong, and what the simulator gets wrong. */
export interface TrafficCheck {
  readonly request: (method: string, route: string, query: unknown, body: unknown) => void
  readonly response: (method: string, route: string, answer: Answer) => void
  readonly violations: () => readonly Violation[]
  /** Whether the OpenAPI file was found. Without it, only requests that the contract refuses are noticed. */
  readonly comparesOpenApi: boolean
}

const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        parameters: z
          .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() }))
          .optional(),
      }),
    ),
  ),
})

type Document = z.output<typeof documentSchema>

const ROOT = 'jira'
const DEFAULT_FILE = fileURLToPath(new URL('../../../../../shared/api-specs/jira-cloud-v3.json', import.meta.url))
const MOST_VIOLATIONS = 1000

/** Where the service is known to differ from its own description, and is right. */
const DRIFT: readonly { readonly route: string; readonly where: Violation['where']; readonly message: RegExp }[] = [
  // `created` is a number of milliseconds here, though the description says a date-time string.
  { route: '/rest/api/3/changelog/bulkfetch', where: 'response', message: /\/created must be string/ },
  // The first history item of an issue has no earlier value: null, though the description says string.
  { route: '', where: 'response', message: /\/items\/\d+\/(from|fromString|to|toString) must be string/ },
  // Recorded answers carry these; the description forbids them.
  {
    route: '',
    where: 'response',
    message: /must NOT have additional properties \((untranslatedName|entityId|defaultLocale|jsdPublic)\)/,
  },
  // The description of `expand` promises them; that of the answer forbids them.
  { route: '/rest/api/3/project', where: 'response', message: /must NOT have additional properties \(projectKeys\)/ },
  { route: '/rest/api/3/search/jql', where: 'query', message: /unknown parameter includeArchivedProjects/ },
]

const NO_DOCUMENT: Document = { paths: {} }

/** @param file where Atlassian's OpenAPI file may be */
export const createTrafficCheck = (file: string = DEFAULT_FILE): TrafficCheck => {
  const comparesOpenApi = existsSync(file)
  const document: Document = comparesOpenApi
    ? documentSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : NO_DOCUMENT
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    validateFormats: false,
    allErrors: true,
    coerceTypes: false,
  })
  const coercing = new Ajv({
    strict: false,
    validateSchema: false,
    validateFormats: false,
    allErrors: true,
    coerceTypes: 'array',
  })
  for (const each of [ajv, coercing]) each.addSchema(document, ROOT)
  const compiled = new Map<string, ValidateFunction | undefined>()
  const found: Violation[] = []

  const operationPath = (method: string, route: string): readonly string[] | undefined => {
    const shape = route.replaceAll(/:\w+/g, '{}')
    const path = Object.keys(document.paths).find((each) => each.replaceAll(/\{\w+\}/g, '{}') === shape)
    const verb = method.toLowerCase()
    return path !== undefined && document.paths[path]?.[verb] !== undefined ? ['paths', path, verb] : undefined
  }
  const validator = (instance: Ajv, kind: string, pointer: readonly string[]): ValidateFunction | undefined => {
    const ref = `${ROOT}#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const memo = `${kind} ${ref}`
    if (!compiled.has(memo)) compiled.set(memo, exists(document, pointer) ? instance.compile({ $ref: ref }) : undefined)
    return compiled.get(memo)
  }
  const report = (violation: Violation): void => {
    const drift = DRIFT.some(
      ({ route, where, message }) =>
        violation.where === where && violation.route.startsWith(route) && message.test(violation.message),
    )
    if (!drift && found.length < MOST_VIOLATIONS) found.push(violation)
  }
  const judge = (
    validate: ValidateFunction | undefined,
    value: unknown,
    violation: Omit<Violation, 'message'>,
  ): void => {
    if (validate === undefined || validate(value)) return
    for (const { instancePath, message, params } of validate.errors ?? []) {
      const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : ''
      report({ ...violation, message: `${instancePath} ${message ?? 'is invalid'}${extra}` })
    }
  }

  return {
    request: (method, route, query, body) => {
      const operation = operationPath(method, route)
      if (operation === undefined) return
      const parameters = document.paths[operation[1] ?? '']?.[operation[2] ?? '']?.parameters ?? []
      const given = typeof query === 'object' && query !== null ? Object.entries(query) : []
      for (const [name, value] of given) {
        const order = parameters.findIndex((parameter) => parameter.in === 'query' && parameter.name === name)
        const at = { method, route, where: 'query' } as const
        if (order < 0) report({ ...at, message: `unknown parameter ${name}` })
        else {
          const validate = validator(coercing, 'query', [...operation, 'parameters', String(order), 'schema'])
          if (validate !== undefined && !validate(value) && !validate(separated(value)))
            report({ ...at, message: `${name} ${validate.errors?.[0]?.message ?? 'is invalid'}` })
        }
      }
      for (const parameter of parameters) {
        const missing =
          parameter.in === 'query' && parameter.required === true && !given.some(([name]) => name === parameter.name)
        if (missing) report({ method, route, where: 'query', message: `missing parameter ${parameter.name}` })
      }
      if (method === 'POST')
        judge(validator(ajv, 'body', [...operation, 'requestBody', 'content', 'application/json', 'schema']), body, {
          method,
          route,
          where: 'body',
        })
    },
    response: (method, route, { status, body, headers }) => {
      if (body === INVALID_PAYLOAD.body) report({ method, route, where: 'body', message: 'is refused by the contract' })
      const operation = operationPath(method, route)
      const isJson = headers?.['content-type'] === undefined
      if (operation === undefined || !isJson || status !== 200) return
      const schema = [...operation, 'responses', String(status), 'content', 'application/json', 'schema']
      judge(validator(ajv, 'response', schema), JSON.parse(body), { method, route, where: 'response' })
    },
    violations: () => [...found],
    comparesOpenApi,
  }
}

const exists = (document: Document, pointer: readonly string[]): boolean => {
  let value: unknown = document
  for (const part of pointer) {
    if (typeof value !== 'object' || value === null) return false
    value = Reflect.get(value, part)
  }
  return value !== undefined
}

/** Jira reads a list parameter both ways, repeated and comma-separated; only the first is described. */
const separated = (value: unknown): unknown =>
  typeof value === 'string' && value.includes(',') ? value.split(',') : value
