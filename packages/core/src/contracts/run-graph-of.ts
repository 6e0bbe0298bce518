import type { RunGraph } from '../completion/run-graph.ts'
import type { RunMode } from '../ports/run-mode.ts'
import type { Connector } from './connector.ts'
import type { RunOptions } from './context.ts'

/** What a run consists of, besides what the connector's configuration says. */
export interface RunSelection {
  /** @default 'incremental' */
  readonly mode?: RunMode
  /** Names of steps. @default all that run in this mode */
  readonly steps?: readonly string[]
}

/**
 * The steps of a run: those that are enabled and selected, with their edges. A step whose predecessor is left out does not wait for it.
 * Without a valid configuration all steps are planned, and planning says what is wrong with it.
 */
export function runGraph(
  connector: Connector,
  config: unknown,
  options: RunOptions,
  { mode = 'incremental', steps: selected }: RunSelection = {},
): RunGraph {
  const steps = connector.steps.filter(
    (step) =>
      // Whatever a step takes part in, what it received can be transformed again.
      (mode === 'replay' || step.modes.includes(mode)) &&
      (selected === undefined || selected.includes(step.name)) &&
      (config === undefined || step.enabled(config, options)),
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
      ...(step.queueName !== undefined && { queueName: step.queueName }),
    })),
  }
}
