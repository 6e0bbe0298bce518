import type { SecretKey } from '@millrace/sink-postgres'

const KEY_BYTES = 32
/** The name of a key that was given without one: the same that `npm start` uses. */
const DEFAULT_NAME = 'host'
const KEY = /^(?:([\w.-]{1,64}):)?([A-Za-z0-9+/]{43}=)$/

/** Reads keys, separated by commas or line ends; undefined when any of them is wrong, or none is there. */
export function parseSecretKeys(text: string): readonly [SecretKey, ...SecretKey[]] | undefined {
  const keys: SecretKey[] = []
  for (const part of text.split(/[,\n]/).map((line) => line.trim())) {
    if (part === '') continue
    const [, id = DEFAULT_NAME, encoded = ''] = KEY.exec(part) ?? []
    const key = Buffer.from(encoded, 'base64')
    if (key.byteLength !== KEY_BYTES || keys.some((other) => other.id === id)) return undefined
    keys.push({ id, key })
  }
  const [first, ...older] = keys
  return first && [first, ...older]
}
