import type { Problem } from '#contract/problem.ts'

/** What the server answered instead of what was asked for. Its message is made for people. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(problem.message)
    this.name = 'Refusal'
    this.status = status
    this.problem = problem
  }
}
