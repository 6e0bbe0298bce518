/** One promise of a port, as a test: hand `name` and `run` to whatever test runner is at hand. */
export interface ConformanceCase {
  readonly name: string
  run(): Promise<void>
}
