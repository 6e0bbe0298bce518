import { type HostProcess, startHost } from '../../examples/host/src/testing/host-process.ts'
import { dieWithUs } from './die-with-us.ts'

/** A process of the host that is killed, and started again. */
export interface MortalProcess {
  readonly roles: string
  /** Undefined while it is dead. */
  pid(): number | undefined
  start(): void
  /** Resolves when it said that it works. */
  working(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
  /** Stops it where it stands, as SIGSTOP does. */
  halt(): void
  /** Lets it go on. */
  resume(): void
  /** How it ended although nobody killed it. */
  ownEnds(): readonly string[]
}

/** Starts it. What leads it to its servers is in the variables. */
export function mortalProcess(roles: string, variables: { readonly [name: string]: string }): MortalProcess {
  const ownEnds: string[] = []
  const killed = new WeakSet<HostProcess>()
  let current: HostProcess | undefined
  const start = (): void => {
    const started = startHost(['serve', '--roles', roles], variables)
    dieWithUs(started.child)
    current = started
    void started.ended.then((code) => {
      if (current === started) current = undefined
      if (killed.has(started)) return
      const said = `${started.errors()}${started.output()}`.trim().slice(-2_000)
      ownEnds.push(`${roles} ended by itself with ${code}: ${said}`)
    })
  }
  const signal = (name: NodeJS.Signals): void => {
    current?.child.kill(name)
  }
  start()
  return {
    roles,
    pid: () => current?.child.pid,
    start,
    working: async () => void (await current?.says('Working.')),
    kill: async () => {
      const victim = current
      if (!victim) return
      killed.add(victim)
      victim.child.kill('SIGKILL')
      await victim.ended
    },
    halt: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    ownEnds: () => ownEnds,
  }
}
