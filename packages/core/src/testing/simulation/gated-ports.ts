import type { EmbeddingProvider } from '../../ports/embedding-provider.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Loader } from '../../ports/loader.ts'
import type { Outbox } from '../../ports/outbox.ts'
import type { VectorBridge } from '../../ports/vector-bridge.ts'
import type { VectorStore } from '../../ports/vector-store.ts'
import { overridePort } from './override-port.ts'
import type { SimulatedProcess } from './simulated-process.ts'

export type AnswerListener = (port: string, method: string, args: readonly unknown[], outcome: object) => void

/** Ports as one process reaches them: each call waits for the director, on its way there and perhaps on its way back. */
export interface GatedPorts {
  ledger(ledger: Ledger, isDeaf: () => boolean): Ledger
  loader(loader: Loader): Loader
  bridge(bridge: VectorBridge): VectorBridge
  vectorStore(store: VectorStore): VectorStore
  embeddingProvider(provider: EmbeddingProvider): EmbeddingProvider
  jobStore(store: JobStore): JobStore
  outbox(outbox: Outbox): Outbox
}

const LEDGER_CALLS = [
  'startRun',
  'cancelRun',
  'claim',
  'commit',
  'nextSequence',
  'readRaw',
  'watermarks',
  'heartbeat',
  'retire',
  'sweep',
  'run',
  'deadRows',
] as const satisfies readonly (keyof Ledger)[]

/**
 * @param joinedCalls whether calls inside of a transaction wait as well; a store that holds back its own statements wants
 *   nothing else to be awaited there
 */
export function gatedPorts(process: SimulatedProcess, joinedCalls: boolean, onAnswer: AnswerListener): GatedPorts {
  const gate = <Port extends object>(name: string, port: Port, methods: readonly (keyof Port & string)[]): Port => {
    const members: Record<string, unknown> = {}
    for (const method of methods) {
      const invoke = port[method] as (...args: unknown[]) => Promise<unknown>
      members[method] = (...args: unknown[]) =>
        process.call(
          { port: name, method, args },
          () => invoke.apply(port, args),
          (outcome) => onAnswer(name, method, args, outcome),
        )
    }
    return overridePort(port, members as Partial<Port>)
  }
  /** What is called with a transaction. */
  const joined = <Port extends object>(port: Port, gated: Port, method: keyof Port, txAt: number): Partial<Port> => {
    if (joinedCalls) return {}
    const inside = port[method] as (...args: unknown[]) => unknown
    const outside = gated[method] as (...args: unknown[]) => unknown
    const call = (...args: unknown[]): unknown =>
      args[txAt] === undefined ? outside(...args) : inside.apply(port, args)
    return { [method]: call } as Partial<Port>
  }

  return {
    ledger: (ledger, isDeaf) =>
      overridePort(gate('ledger', ledger, LEDGER_CALLS), {
        changes: process.hear(ledger.changes, isDeaf),
        // Several processes share it here, whatever it is made for.
        exclusive: false,
      }),
    loader: (loader) => {
      const gated = gate('loader', loader, ['prepare', 'load'])
      return overridePort(gated, {
        ...joined(loader, gated, 'load', 1),
        read: (...args) => gatedPages(process, args, () => loader.read(...args)),
      })
    },
    bridge: (bridge) => {
      const gated = gate('bridge', bridge, ['read', 'mark', 'settle'])
      return overridePort(gated, { ...joined(bridge, gated, 'mark', 2), ...joined(bridge, gated, 'settle', 2) })
    },
    vectorStore: (store) => gate('vectors', store, ['prepare', 'upsert', 'delete']),
    embeddingProvider: (provider) => gate('embeddings', provider, ['embed']),
    outbox: (outbox) =>
      gate('outbox', outbox, [
        'take',
        'retake',
        'giveBack',
        'unclaimable',
        'open',
        'backlog',
        'takeDead',
        'giveBackDead',
      ]),
    jobStore: (store) => gate('jobs', store, ['job', 'integration']),
  }
}

async function* gatedPages(
  process: SimulatedProcess,
  args: Parameters<Loader['read']>,
  open: () => ReturnType<Loader['read']>,
): ReturnType<Loader['read']> {
  const pages = open()[Symbol.asyncIterator]()
  for (;;) {
    const page = await process.call({ port: 'loader', method: 'read', args }, () => pages.next())
    if (page.done) return
    yield page.value
  }
}
