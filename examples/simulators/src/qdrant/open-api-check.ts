import { existsSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

/** Holds traffic against Qdrant's own OpenAPI file. */
export interface OpenApiCheck {
  /** What is wrong with a request's body, or undefined. */
  request(method: string, path: string, body: unknown): string | undefined
  /** What is wrong with the answer to a request that succeeded, or undefined. */
  response(method: string, path: string, body: unknown): string | undefined
}

const ROOT = 'qdrant'

/** Undefined when the file is not there. @param file where it may be */
export const openApiCheck = (file: string): OpenApiCheck | undefined => {
  if (!existsSync(file)) return undefined
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'), (_key, value) =>
    isOnlyNullable(value) ? { type: 'null' } : value,
  )
  const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false, allErrors: false })
  ajv.addSchema(document as object, ROOT)
  const compiled = new Map<string, ValidateFunction>()
  const judge = (pointer: readonly string[], value: unknown): string | undefined => {
    const ref = `${ROOT}#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref })
    compiled.set(ref, validate)
    if (validate(value)) return undefined
    const [first] = validate.errors ?? []
    return `${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.trim()
  }
  const content = ['content', 'application/json', 'schema']
  return {
    request: (method, path, body) => judge(['paths', path, method.toLowerCase(), 'requestBody', ...content], body),
    response: (method, path, body) =>
      judge(['paths', path, method.toLowerCase(), 'responses', '200', ...content], body),
  }
}

/** `{ nullable: true }` alone means null; read as JSON Schema it would allow anything. */
const isOnlyNullable = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  Reflect.get(value, 'nullable') === true
