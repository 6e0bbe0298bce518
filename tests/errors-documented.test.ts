import { describe, expect, it } from 'vitest'
import { errorTable } from '../packages/core/src/errors/error-table.ts'
import {
  type ErrorTable,
  errorReferenceFile,
  parseErrorReference,
  renderErrorReference,
} from '../scripts/repository/error-reference.ts'
import { readRepositoryFile } from '../scripts/repository/files.ts'

const table: ErrorTable = errorTable
const page = readRepositoryFile(errorReferenceFile)
const documented = parseErrorReference(page)

const mend = 'Run "npm run error-reference" and commit docs/reference/errors.md.'

describe('the table of errors and its documentation', () => {
  it('documents every code of the table, with the same summary, remedy, causes and class', () => {
    for (const [code, entry] of Object.entries(table))
      expect({ code, ...documented[code] }, mend).toEqual({ code, ...entry })
  })

  it('documents no code that the table does not have', () => {
    const foreign = Object.keys(documented).filter((code) => !Object.hasOwn(table, code))
    expect(foreign, mend).toEqual([])
  })

  it('is written as the generator writes it, in the order of the table', () => {
    expect(page, mend).toBe(renderErrorReference(table))
  })
})

describe('an entry of the table of errors', () => {
  it.each(Object.entries(table))(
    '%s has a code in capitals, and a summary and a remedy that are sentences',
    (code, entry) => {
      expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
      expect(entry.summary).toMatch(/^[A-Z].*\.$/)
      expect(entry.remedy).toMatch(/^[A-Z].*\.$/)
    },
  )
})
