import { hashEmbeddings } from '../../embedding/hash-embeddings.ts'
import type { EngineLimits } from '../../engine/engine.ts'
import { createRuntime, ROLES, type Role, type Runtime } from '../../engine/runtime.ts'
import { MillraceError } from '../../errors/millrace-error.ts'
import { silentLogger } from '../../logging/silent-logger.ts'
import type { MemoryBroker } from '../../memory/memory-broker.ts'
import { memoryVectorStore } from '../../memory/memory-vector-store.ts'
import type { Broker } from '../../ports/broker.ts'
import type { EmbeddingProvider } from '../../ports/embedding-provider.ts'
import type { VectorStore } from '../../ports/vector-store.ts'
import { brokerTransport } from '../../transport/broker-transport.ts'
import { seededRandom } from '../seeded-random.ts'
import { type Climate, drawClimate } from './climate.ts'
import { describeCall } from './describe-call.ts'
import { type Dice, dice } from './dice.ts'
import { type Actor, type Director, director } from './director.ts'
import { gatedPorts } from './gated-ports.ts'
import { type KillerWatch, killerWatch } from './killer-watch.ts'
import { type ObservedPorts, type Observer, observer } from './observer.ts'
import { overridePort } from './override-port.ts'
import { PACES, type Pace } from './pace.ts'
import { simulatedFetch } from './provider-faults.ts'
import { brokerOf, simulatedBroker } from './simulated-broker.ts'
import { type Call, type CallRules, type Fate, type SimulatedProcess, simulatedProcess } from './simulated-process.ts'
import {
  type OpenStores,
  type SimulatedStores,
  type StoreFault,
  type StorePorts,
  simulatedJobStore,
} from './simulated-stores.ts'
import { trackerConnector } from './tracker/tracker-connector.ts'
import { trackerEntities } from './tracker/tracker-entities.ts'
import { drawShape, type TrackerShape } from './tracker/tracker-shape.ts'
import { type TrackerSource, trackerSource, UNEMBEDDABLE } from './tracker/tracker-source.ts'
import { Violation } from './violation.ts'

const START = Date.UTC(2025, 0, 1)

/** Changes ports on purpose, below everything that watches them: for proving that a simulation notices. */
export type Sabotage = (ports: SimulatedPorts, process: SimulatedProcess) => SimulatedPorts

export interface SimulatedPorts extends StorePorts {
  /** Where rows are delivered by a broker. */
  readonly broker?: Broker
}

export interface WorldOptions {
  readonly stores: SimulatedStores
  readonly size: 'small' | 'normal'
  readonly sabotage?: Sabotage | undefined
  readonly trace?: ((line: string) => void) | undefined
}

/** A worker of a simulated world, which lives again after it has died. */
export interface SimulatedWorker {
  readonly name: string
  readonly roles: readonly Role[]
  /** Whether it may load a page in the commit that stores it. */
  readonly transformAtOnce: boolean
  process: SimulatedProcess
  runtime: Runtime
  lives: number
}

/** Everything there is in one seed's world. */
export interface SimulatedWorld {
  readonly dice: Dice
  readonly pace: Pace
  readonly director: Director
  readonly shape: TrackerShape
  readonly stores: OpenStores
  readonly sources: readonly TrackerSource[]
  readonly observer: Observer
  readonly workers: readonly SimulatedWorker[]
  readonly vectorStore: VectorStore
  readonly provider: EmbeddingProvider
  readonly broker: MemoryBroker | undefined
  /** The world itself, as somebody to whom things happen. */
  readonly outside: Actor
  /** Something that runs are about may have changed. */
  statusMayHaveChanged: boolean
  /** Keys of entity rows whose vectors were touched last by a process that had lost its lease. */
  readonly lateVectors: Set<string>
  readonly killers: KillerWatch
  /** What went wrong in a place that nobody waits for. */
  failure: Violation | undefined
  climate: Climate
  note(text: string): void
  /** Gives a worker its next life. */
  launch(worker: SimulatedWorker): void
}

/** Builds the world of a seed, with its workers running and nothing to do yet. */
export async function simulatedWorld(seed: number, options: WorldOptions): Promise<SimulatedWorld> {
  const { trace } = options
  const chance = dice(seededRandom(seed))
  const shape = drawShape(chance)
  const small = options.size === 'small'
  const pace = PACES[options.size]
  const climate = drawClimate(chance, small ? 0.6 : 0)
  const stage = director({
    dice: chance,
    startAt: START,
    longestStepMs: pace.stepMs,
    onStep: (label, actor) => trace?.(`${time()} ${actor.name.padEnd(6)} ${label}`),
  })
  const time = (): string => `+${((stage.now() - START) / 1000).toFixed(3).padStart(9)}s`
  const clock = {
    now: stage.now,
    monotonic: stage.now,
    sleep: () => Promise.reject(new Error('the stores never sleep')),
  }
  const stores = await options.stores.open({ clock, entities: trackerEntities, tenants: 2, director: stage })
  const sources = stores.accounts.map(({ tenantId }, index) => {
    const main = index === 0
    const size = {
      boards: main && !small ? chance.between(1, 2) : 1,
      cardsPerBoard: main ? chance.between(1, small ? 2 : 4) : chance.between(0, small ? 1 : 2),
      notesPerCard: main ? chance.between(0, 2) : 1,
    }
    return trackerSource(tenantId, shape, size, chance, stage.now)
  })
  const limits: EngineLimits = {
    pagesPerDelivery: chance.between(1, 4),
    deliveryMs: 60_000,
    // Some units have to wait for it, others have not.
    bytesInHand: 500,
    unitsPerCommit: chance.between(1, 3),
    embedBatch: chance.between(1, 4),
    maxRemovedShare: 1,
    recordsPerCommit: chance.between(1, 3),
    maxWaitMs: 86_400_000,
    maxWaitsMs: 172_800_000,
  }
  const splitRoles = chance.chance(0.4)
  const watching = observer(stage.now)
  const killers = killerWatch()
  const vectorStore = memoryVectorStore()
  const provider = pickyEmbeddings()
  const outside: Actor = { name: 'world', dead: false, suspendedUntil: 0 }
  // A relay looks often, and each look is several statements.
  const hasBroker = stores.direct.outbox !== undefined && chance.chance(small ? 0.1 : 0.4)
  const faults = (): number => world.climate.brokerFault
  const broker = hasBroker ? simulatedBroker({ dice: chance, director: stage, outside, faults }) : undefined
  const jobStore = simulatedJobStore(stores.accounts, clock)

  const rules: CallRules = {
    fate: (call) => fateOf(call, world, options.stores.ownFaults === true),
    slowAnswer: ({ port }) => port !== 'sql' && chance.chance(world.climate.slowAnswer),
  }
  const innerFault = (): StoreFault | undefined =>
    chance.chance(world.climate.storeFault / 4) ? chance.pick(['before', 'after'] as const) : undefined

  /** Notes which vectors are written by a process that has lost its lease, which no vector store can prevent. */
  const noteTouch = (key: string, mayEmbed: boolean): void => {
    if (mayEmbed) world.lateVectors.delete(key)
    else world.lateVectors.add(key)
  }
  const vectorsOf = (ports: ObservedPorts): VectorStore =>
    overridePort(vectorStore, {
      upsert: (collection, points) => {
        for (const { id, payload } of points) {
          const key = String(payload.row_id)
          keyOfPoint.set(id, key)
          noteTouch(key, ports.mayEmbed(key))
        }
        return vectorStore.upsert(collection, points)
      },
      delete: (collection, points) => {
        const keys = points.map(({ id }) => keyOfPoint.get(id) ?? '')
        for (const key of keys) noteTouch(key, ports.mayEmbed(key))
        return vectorStore.delete(collection, points)
      },
    })
  const keyOfPoint = new Map<string, string>()

  const launch = (worker: SimulatedWorker): void => {
    worker.lives += 1
    const process = simulatedProcess(`${worker.name}.${worker.lives}`, stage, rules)
    worker.process = process
    world.note(`${process.name} starts as ${worker.roles.join(', ')}`)
    process.onDeath(() => {
      world.note(`${process.name} dies`)
      stage.holdUntil(
        stage.now() + chance.between(0, pace.restartMs),
        world.outside,
        `${worker.name} is started again`,
        () => launch(worker),
      )
    })
    const gates = gatedPorts(process, options.stores.ownFaults !== true, (port, method, args, outcome) => {
      const told = trace && describeCall(method, args, outcome)
      if (told) world.note(`${process.name} ${port}.${method} ${told}`)
    })
    const connected: SimulatedPorts = { ...stores.connect(process, innerFault), ...(broker && { broker }) }
    const ports = options.sabotage ? options.sabotage(connected, process) : connected
    const watched = watching.observe(ports)
    const heard = watched.ledger.changes.subscribe(({ kind }) => {
      world.statusMayHaveChanged ||= kind === 'status'
    })
    process.onDeath(() => {
      heard.unsubscribe()
      watched.onDeath()
    })
    const isDeaf = (): boolean => chance.chance(world.climate.deaf)
    const { ledger, onKill } = killers.watch(gates.ledger(watched.ledger, isDeaf))
    const kill = (): void => {
      const wrong = process.dead ? undefined : onKill()
      if (wrong !== undefined) world.failure ??= new Violation('a killer dies alone', wrong)
      process.die()
    }
    const machine = { clock: process.clock, random: chance.random, log: silentLogger }
    const transport =
      ports.broker && ports.outbox
        ? brokerTransport({
            ...machine,
            broker: brokerOf(process, ports.broker, stage),
            ledger,
            outbox: gates.outbox(ports.outbox),
          })
        : undefined
    worker.runtime = createRuntime({
      ...machine,
      ...(transport && { transport }),
      connectors: [trackerConnector(shape, kill)],
      ledger,
      loader: gates.loader(watched.loader),
      jobStore: gates.jobStore(jobStore),
      ...(shape.embedded && {
        vectorizer: {
          provider: gates.embeddingProvider(provider),
          store: gates.vectorStore(vectorsOf(watched)),
          bridge: gates.bridge(watched.bridge),
        },
      }),
      roles: worker.roles,
      // Asking the system at every commit takes a simulated world longer than many of its commits.
      memory: () => 0,
      transformAtOnce: worker.transformAtOnce,
      limits,
      leaseMs: pace.leaseMs,
      staleAfterMs: pace.staleAfterMs,
      http: { timeoutMs: pace.requestTimeoutMs, retries: 1, maxHeldWaitMs: 3_000 },
      fetch: simulatedFetch(process, {
        sources,
        pageSize: shape.pageSize,
        retryAfterSeconds: pace.retryAfterSeconds,
        faults: () => world.climate.providerFault,
        dice: chance,
      }),
    })
    // A process that cannot start ends, and is started again.
    worker.runtime.start().catch(() => process.die())
  }

  const rolesOf: readonly (readonly Role[])[] = splitRoles
    ? small
      ? [['extract'], ['transform', 'embed']]
      : [['extract', 'transform'], ['transform', 'embed'], ROLES]
    : [ROLES, ROLES]
  const workers = rolesOf.map((roles, index) => {
    const worker = { name: `w${index + 1}`, roles, transformAtOnce: chance.chance(0.5), lives: 0 }
    return worker as unknown as SimulatedWorker
  })
  const world: SimulatedWorld = {
    dice: chance,
    pace,
    director: stage,
    shape,
    stores,
    sources,
    observer: watching,
    workers,
    vectorStore,
    provider,
    outside,
    broker,
    statusMayHaveChanged: false,
    lateVectors: new Set(),
    killers,
    failure: undefined,
    climate,
    note: (text) => trace?.(`${time()}        ${text}`),
    launch,
  }
  for (const worker of workers) launch(worker)
  return world
}

/** What happens to a call at the moment at which it would arrive. */
function fateOf(
  { process, port }: Call,
  { climate, dice: chance, pace }: SimulatedWorld,
  storesFailThemselves: boolean,
): Fate {
  if (chance.chance(climate.crash)) return { kind: 'crash', when: chance.pick(['before', 'after'] as const) }
  if (chance.chance(climate.suspend)) {
    process.suspend(process.clock.now() + chance.between(pace.staleAfterMs, 2 * pace.leaseMs))
    return { kind: 'stall', ms: 1 }
  }
  if (chance.chance(climate.stall)) return { kind: 'stall', ms: chance.between(1, pace.leaseMs + 10_000) }
  const isStore = port === 'ledger' || port === 'outbox' || port === 'loader' || port === 'bridge'
  const isVectors = port === 'vectors' || port === 'embeddings'
  const probability = isVectors ? climate.vectorFault : isStore && !storesFailThemselves ? climate.storeFault : 0
  if (!chance.chance(probability)) return { kind: 'go' }
  const message = isVectors
    ? 'Failed to embed: the simulated service is away.'
    : 'Failed to reach the database: simulated.'
  const error = new MillraceError(isVectors ? 'EMBED_FAILED' : 'DATABASE_UNAVAILABLE', { message })
  return { kind: 'fail', when: chance.pick(['before', 'after'] as const), error }
}

/** Refuses some texts for good, as a provider does with what it cannot tokenize. */
function pickyEmbeddings(): EmbeddingProvider {
  const hashed = hashEmbeddings({ dimensions: 8 })
  return overridePort<EmbeddingProvider>(hashed, {
    maxBatch: 3,
    embed: async (texts, signal) => {
      const refused = texts.findIndex((text) => text.includes(UNEMBEDDABLE))
      if (refused < 0) return hashed.embed(texts, signal)
      throw new MillraceError('EMBED_FAILED', {
        message: `Failed to embed a text: the simulated provider refuses text ${refused}.`,
        retryable: false,
      })
    },
  })
}
