import { isMillraceError } from '../../errors/millrace-error.ts'
import { calm } from './climate.ts'
import { judge } from './judgement.ts'
import type { KnownRun } from './observer.ts'
import { memoryStores, type SimulatedAccount, type SimulatedStores, type StorePorts } from './simulated-stores.ts'
import { type Sabotage, type SimulatedWorker, type SimulatedWorld, simulatedWorld } from './simulated-world.ts'
import { next, weather } from './storm.ts'
import type { TrackerSource } from './tracker/tracker-source.ts'
import { Violation } from './violation.ts'

export interface SimulationOptions {
  /** What is put to the test. @default everything in memory */
  readonly stores?: SimulatedStores
  /** `small` is for stores that are slow. @default 'normal' */
  readonly size?: 'small' | 'normal'
  /** Told what happens, line by line. The same seed tells the same. @default nobody */
  readonly trace?: (line: string) => void
  /** Breaks the ports on purpose. @default nothing */
  readonly sabotage?: Sabotage
  /** Promises of your own, checked when the world is at rest. @default none */
  readonly invariants?: readonly Invariant[]
}

/** A promise that must hold whenever no run is open and every source is read. */
export interface Invariant {
  /** Shown when it is broken, for example `no row without a label`. */
  readonly name: string
  /** Says what is wrong, with the facts; undefined when all is well. */
  check(world: RestingWorld): Promise<string | undefined>
}

/** What an invariant may look at. */
export interface RestingWorld {
  readonly accounts: readonly SimulatedAccount[]
  /** What the provider holds, one source per account. */
  readonly sources: readonly TrackerSource[]
  /** The stores, without any fault. */
  readonly ports: StorePorts
  /** Every run that was ever started. */
  readonly runIds: readonly number[]
}

export interface SimulationResult {
  readonly seed: number
  /** The first promise that was broken. */
  readonly violation: Violation | undefined
  /** Events that the seed decided the order of. */
  readonly steps: number
  readonly runs: number
  /** Lives of workers. */
  readonly lives: number
}

/** A run without faults that takes longer than this has stuck. Retries wait for minutes at most. */
const LONGEST_RUN_MS = 60 * 60_000

/**
 * Lives through one seed: the production engine, several worker processes of it, in a world in which a seed decides
 * everything that happens. First the weather is rough; then it calms down, and whatever is under way must end; then each
 * job runs three times more: after the second of these runs every table must equal its source, and the third must write
 * nothing.
 */
export async function simulateSeed(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const { stores = memoryStores(), size = 'normal', trace, sabotage, invariants = [] } = options
  const world = await simulatedWorld(seed, { stores, size, sabotage, trace })
  let violation: Violation | undefined
  try {
    await live(world, size, invariants)
  } catch (error) {
    violation =
      error instanceof Violation ? error : new Violation('the simulation itself', String((error as Error).stack))
    world.note(`violation: ${violation.message}`)
  }
  for (const worker of world.workers) worker.process.die()
  await world.director.quiet()
  await world.stores.close?.()
  const lives = world.workers.reduce((sum, worker) => sum + worker.lives, 0)
  return { seed, violation, steps: world.director.steps, runs: world.observer.runs.size, lives }
}

async function live(world: SimulatedWorld, size: 'small' | 'normal', invariants: readonly Invariant[]): Promise<void> {
  const { accounts } = world.stores
  await weather(world, world.dice.between(100, 900))
  // In a slow store, processes that wake each other up all the time cost more than they find.
  world.climate = calm(size === 'small' ? 0.9 : 0)
  world.note('the weather calms down')
  await untilRunsEnd(world)
  // The first run finishes what earlier ones left, within their windows; the second one reads what came after them.
  await runAll(
    world,
    accounts.filter((account) => leftSomething(world, account)),
  )
  await runAll(
    world,
    accounts.filter((account, index) => !isUpToDate(world, account, world.sources[index])),
  )
  const flawless = await judge(world)
  for (const invariant of invariants) {
    const wrong = await invariant.check({
      accounts,
      sources: world.sources,
      ports: world.stores.direct,
      runIds: [...world.observer.runs.keys()],
    })
    if (wrong !== undefined) throw new Violation(invariant.name, wrong)
  }
  if (!flawless || (size === 'small' && world.dice.chance(0.8))) return
  const again = await runAll(world, accounts)
  await judge(world)
  for (const runId of again) {
    const totals = (await world.stores.direct.ledger.run(runId))?.totals
    if (totals && totals.rowsWritten + totals.rowsRemoved + totals.embedded > 0)
      throw new Violation('nothing twice', `run ${runId} of an unchanged source wrote ${JSON.stringify(totals)}`)
  }
}

function lastRun({ observer }: SimulatedWorld, { jobId }: SimulatedAccount): KnownRun | undefined {
  return [...observer.runs.values()].filter((run) => run.ref.jobId === jobId).at(-1)
}

function leftSomething(world: SimulatedWorld, account: SimulatedAccount): boolean {
  const last = lastRun(world, account)
  return last?.ended !== undefined && last.ended !== 'finished'
}

/** Whether the last run was begun after the last change of the source, and left nothing. */
function isUpToDate(world: SimulatedWorld, account: SimulatedAccount, source: TrackerSource | undefined): boolean {
  const last = lastRun(world, account)
  return last?.ended === 'finished' && !last.adopted && source !== undefined && last.startedAt > source.changedAt
}

/** Runs these jobs once and waits for their end. */
async function runAll(world: SimulatedWorld, accounts: readonly SimulatedAccount[]): Promise<readonly number[]> {
  const started: number[] = []
  for (const account of accounts) started.push(await startedRun(world, account))
  await untilRunsEnd(world)
  return started
}

/** Starts a run, again as long as a request from before the calm is in the way or its worker is stopped. */
async function startedRun(world: SimulatedWorld, { jobId, tenantId }: SimulatedAccount): Promise<number> {
  const isUp = ({ process }: SimulatedWorker): boolean =>
    !process.dead && process.suspendedUntil <= world.director.now()
  for (;;) {
    await eventually(world, () => world.workers.some(isUp))
    const worker = world.workers.find(isUp)
    if (!worker) continue
    const { process, runtime } = worker
    let answer: { readonly runId: number } | { readonly error: unknown } | undefined
    runtime.startRun({ tenantId, jobId }).then(
      (ref) => {
        answer = ref
      },
      (error: unknown) => {
        answer = { error }
      },
    )
    await eventually(world, () => answer !== undefined || process.dead)
    if (answer === undefined) continue
    if ('runId' in answer) return answer.runId
    if (!isMillraceError(answer.error) || answer.error.code !== 'RUN_REFUSED')
      throw new Violation('runs can be started', String(answer.error))
    await untilRunsEnd(world)
  }
}

async function untilRunsEnd(world: SimulatedWorld): Promise<void> {
  world.statusMayHaveChanged = true
  await eventually(world, () => [...world.observer.runs.values()].every((run) => run.ended))
}

/** Goes on until something is true, or until it has taken too long. */
async function eventually(world: SimulatedWorld, isTrue: () => boolean): Promise<void> {
  const { director, observer } = world
  const deadline = director.now() + LONGEST_RUN_MS
  const lastStep = director.steps + world.pace.longestRun
  while (!isTrue()) {
    if (director.now() > deadline || director.steps > lastStep) {
      const open = [...observer.runs.values()].filter((run) => !run.ended).map((run) => run.ref.runId)
      throw new Violation('no stuck run', `runs ${open.join(', ')} do not end, although nothing disturbs them`)
    }
    await next(world)
  }
}
