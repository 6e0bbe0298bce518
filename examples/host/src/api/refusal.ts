import { PROBLEM_STATUS, type Problem, type ProblemCode } from './contract/problem.ts'

/** A request that this interface refuses by itself; what the SDK refuses is a MillraceError. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(code: ProblemCode, message: string, more: Partial<Problem> = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = PROBLEM_STATUS[code]
    this.problem = { ...more, code, message }
  }
}
