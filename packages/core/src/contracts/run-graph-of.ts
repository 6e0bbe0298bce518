import type { RunGraph } from '../completion/run-graph.ts'
import type { Connector } from './connector.ts'
import type { RunOptions } from './context.ts'

/**
 * The steps of a run: those that are enabled, with their edges. A step whose predecessor is left out does not wait for it.
 * Without a valid configuration all steps are planned, and planning says what is wrong with it. `only` names the steps that
 * a replay is about.
 */
export function runGraph(
  connector: Connector,
  config: unknown,
  options: RunOptions,
  only?: readonly string[],
): RunGraph {
  const steps = connector.steps.filter(
    (step) => (config === undefined || step.enabled(config, options)) && (only?.includes(step.name) ?? true),
  )
  const present = (others: readonly { readonly name: string }[]): readonly string[] =>
    others.filter((other) => steps.some((step) => step.name === other.name)).map((other) => other.name)
  return {
    steps: steps.map((step, index) => ({
      name: step.name,
      displayName: step.displayName,
      order: index + 1,
      after: present(step.after),
      spawns: present(step.spawns),
      transformVersion: step.transformVersion,
    })),
  }
}
