import { isMillraceError } from '../../errors/millrace-error.ts'
import type { SimulatedWorld } from './simulated-world.ts'
import { Violation } from './violation.ts'
import { lookAtRuns } from './watch-runs.ts'

/** Chance of a disturbance from outside at each step. */
const DISTURBANCE = 0.03

/** Lets the world go on for some steps, while everything happens to it that may happen. */
export async function weather(world: SimulatedWorld, steps: number): Promise<void> {
  for (const account of world.stores.accounts) startRun(world, account.jobId, account.tenantId)
  for (let step = 0; step < steps; step += 1) {
    if (world.dice.chance(DISTURBANCE)) disturb(world)
    if (world.dice.chance(world.climate.skipTime)) world.director.skipTime()
    await next(world)
  }
}

/** Lets one thing happen, and holds it against the promises. */
export async function next(world: SimulatedWorld): Promise<void> {
  if (!(await world.director.step())) throw new Violation('no stuck run', 'nothing can happen any more')
  await world.director.quiet()
  world.observer.check()
  if (world.failure) throw world.failure
  if (!world.statusMayHaveChanged || world.stores.canLook?.() === false) return
  world.statusMayHaveChanged = false
  await lookAtRuns(world)
}

function disturb(world: SimulatedWorld): void {
  const { dice, pace, stores } = world
  const account = dice.pick(stores.accounts)
  const worker = dice.pick(world.workers)
  const disturbances: readonly [number, () => void][] = [
    [14, () => world.note(`somebody ${dice.pick(world.sources).edit()}`)],
    [5, () => startRun(world, account.jobId, account.tenantId)],
    [
      1,
      () => {
        startRun(world, account.jobId, account.tenantId)
        startRun(world, account.jobId, account.tenantId)
      },
    ],
    [1, () => cancelRun(world, account.jobId)],
    [world.broker ? 1 : 0, () => wipeBroker(world)],
    [world.broker ? 1 : 0, () => cutBroker(world)],
    [1, () => restart(world, worker)],
    [
      1,
      () => {
        worker.process.suspend(world.director.now() + dice.between(pace.staleAfterMs, 2 * pace.leaseMs))
        world.note(`${worker.process.name} stands still`)
      },
    ],
  ]
  const total = disturbances.reduce((sum, [weight]) => sum + weight, 0)
  let left = dice.between(1, total)
  for (const [weight, happen] of disturbances) {
    left -= weight
    if (left > 0) continue
    happen()
    return
  }
}

/** A scheduler in one of the workers asks for a run; that one is running already is no news. */
function startRun(world: SimulatedWorld, jobId: number, tenantId: number): void {
  const living = world.workers.filter((worker) => !worker.process.dead)
  if (living.length === 0) return
  const mode = world.dice.chance(0.15) ? 'full' : 'incremental'
  const maxAttempts = world.dice.pick(world.pace.maxAttempts)
  world.dice
    .pick(living)
    .runtime.startRun({ tenantId, jobId, mode, maxAttempts })
    .catch((error: unknown) => {
      if (isMillraceError(error) && (error.code === 'RUN_REFUSED' || error.retryable)) return
      world.note(`starting job ${jobId} fails: ${String(error)}`)
      world.failure ??= new Violation('runs can be started', String(error))
    })
}

function cancelRun(world: SimulatedWorld, jobId: number): void {
  const running = [...world.observer.runs.values()].filter((run) => run.ref.jobId === jobId && !run.ended)
  const living = world.workers.filter((worker) => !worker.process.dead)
  if (running.length === 0 || living.length === 0) return
  const { ref } = world.dice.pick(running)
  world.dice
    .pick(living)
    .runtime.cancelRun(ref)
    .catch(() => undefined)
}

/** An orderly end, and a new life. */
function restart(world: SimulatedWorld, worker: SimulatedWorld['workers'][number]): void {
  const { process, runtime } = worker
  if (process.dead) return
  world.note(`${process.name} is asked to stop`)
  runtime.stop().then(
    () => process.die(),
    () => process.die(),
  )
}

function wipeBroker({ broker, note }: SimulatedWorld): void {
  broker?.wipe()
  note('the broker loses every message')
}

function cutBroker({ broker, director, outside, dice, note }: SimulatedWorld): void {
  broker?.disconnect()
  note('the broker is away')
  director.holdUntil(director.now() + dice.between(1, 20_000), outside, 'the broker is back', () => broker?.reconnect())
}
