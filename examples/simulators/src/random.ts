/**
 * Randomness without state: every fact of a simulated world is a pure function of a seed and of what is asked, so that
 * a world of any size needs no memory and two simulators with one seed agree to the byte.
 */

/** Mixes three integers into one unsigned 32-bit integer (the finalizer of MurmurHash3, applied after each input). */
export const mix = (a: number, b: number, c: number): number =>
  scramble(scramble(scramble(a ^ 0x9e3779b9) ^ b) ^ Math.imul(c, 0x85ebca6b))

const scramble = (value: number): number => {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number in [0, 1) from three integers. */
export const fraction = (a: number, b: number, c: number): number => mix(a, b, c) / 0x1_0000_0000

/** A short sequence of draws, for facts that need more than one. */
export interface Dice {
  /** An integer in [0, bound). */
  readonly below: (bound: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** One element of a list that is not empty. */
  readonly pick: <T>(list: readonly T[]) => T
}

export const createDice = (a: number, b: number, c: number): Dice => {
  const origin = mix(a, b, c)
  let drawn = 0
  const next = (): number => {
    drawn += 1
    return scramble(origin + Math.imul(drawn, 0x9e3779b9))
  }
  const below = (bound: number): number => Math.floor((next() / 0x1_0000_0000) * bound)
  return {
    below,
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    pick: (list) => at(list, below(list.length)),
  }
}

/** The element of a list at an index that is known to be in range. */
export const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index]
  if (found === undefined) throw new RangeError(`Failed to read element ${index}: the list has ${list.length}.`)
  return found
}

/** Hexadecimal digits from a hash: for uuids, commit ids, account ids. */
export const hex = (a: number, b: number, c: number, digits: number): string => {
  let text = ''
  for (let part = 0; text.length < digits; part++)
    text += mix(a, mix(b, part, 0x51ed270b), c)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, digits)
}

/** A version 4 UUID from a hash. */
export const uuid = (a: number, b: number, c: number): string => {
  const digits = hex(a, b, c, 32)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`
}
