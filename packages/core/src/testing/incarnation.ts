/** What happens at one call of a port: it goes through, or the process dies before it or right after it. */
export type Fate = 'go' | 'crash-before' | 'crash-after'

export interface Incarnation {
  /** The port as this process sees it. Once the process is dead its promises never settle and its calls do nothing. */
  wrap<Port extends object>(name: string, port: Port): Port
  /** Resolves when the process dies. */
  readonly died: Promise<string>
  /** Kills the process from outside. */
  kill(): void
}

/**
 * One life of a process whose every call of a wrapped port may be its last. What it did until then stays done; nothing
 * that it waits for ever comes, as after a power cut. A next incarnation over the same ports picks up what is left.
 *
 * @param decide chooses the fate of a call, named `port.method`
 */
export function incarnation(decide: (call: string) => Fate): Incarnation {
  let dead = false
  let announce: (call: string) => void = () => undefined
  const died = new Promise<string>((resolve) => {
    announce = resolve
  })
  const die = (call: string): Promise<never> => {
    dead = true
    announce(call)
    return new Promise<never>(() => undefined)
  }

  const call = (name: string, invoke: () => unknown): unknown => {
    if (dead) return new Promise<never>(() => undefined)
    const fate = decide(name)
    if (fate === 'crash-before') return die(name)
    const result = invoke()
    if (!(result instanceof Promise)) return result
    return result.then(
      (value) => (dead ? new Promise<never>(() => undefined) : fate === 'crash-after' ? die(name) : value),
      (error) => (dead ? new Promise<never>(() => undefined) : Promise.reject(error)),
    )
  }

  return {
    died,
    kill: () => void die('killed'),
    wrap: (name, port) =>
      new Proxy(port, {
        get: (target, property) => {
          const member: unknown = Reflect.get(target, property)
          if (typeof member !== 'function') return member
          const method = member as (...args: unknown[]) => unknown
          return (...args: unknown[]) => call(`${name}.${String(property)}`, () => method.apply(target, args))
        },
      }),
  }
}
