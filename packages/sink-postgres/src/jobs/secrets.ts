import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { MillraceError } from '@millrace/core'

/** A key for credentials: 32 random bytes, and a short name under which they are known. */
export interface SecretKey {
  readonly id: string
  readonly key: Uint8Array
}

/** Seals texts so that only a holder of the key reads them. */
export interface Secrets {
  /** Name of the key that `seal` uses. */
  readonly keyId: string
  /** @param about what the text belongs to; the same must be given to open it */
  seal(text: string, about: string): Buffer
  /**
   * @throws INVALID_CONFIG when the key is not given, or the text was changed or belongs to something else. The message
   *   never holds any of it.
   */
  open(sealed: Uint8Array, about: string): string
  /** Name of the key that a sealed text needs. */
  keyIdOf(sealed: Uint8Array): string
}

const ALGORITHM = 'aes-256-gcm'
const FORMAT = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM. The first key seals; the others only open what was sealed before they were replaced.
 *
 * A sealed text is: format (1 byte), length of the key's name (1), name, nonce (12), tag (16), cipher text; everything
 * before the tag, and what it is about, is authenticated.
 *
 * @throws INVALID_CONFIG when a key has not 32 bytes
 */
export function secretsFromKey(current: SecretKey, ...older: readonly SecretKey[]): Secrets {
  const keys = new Map([...older, current].map((each) => [each.id, each.key]))
  for (const [id, key] of keys) {
    if (key.byteLength !== KEY_BYTES || id.length === 0 || Buffer.byteLength(id) > 255) {
      throw invalid(
        `use key ${JSON.stringify(id)}`,
        `it has ${key.byteLength} bytes`,
        `Give ${KEY_BYTES} random bytes.`,
      )
    }
  }
  return {
    keyId: current.id,
    keyIdOf: (sealed) => parse(sealed).keyId,
    seal(text, about) {
      const name = Buffer.from(current.id)
      const nonce = randomBytes(NONCE_BYTES)
      const header = Buffer.concat([Buffer.of(FORMAT, name.byteLength), name, nonce])
      const cipher = createCipheriv(ALGORITHM, current.key, nonce).setAAD(authenticated(header, about))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([header, cipher.getAuthTag(), body])
    },
    open(sealed, about) {
      const { keyId, header, nonce, tag, body } = parse(sealed)
      const key = keys.get(keyId)
      if (!key) {
        // Another process may have it: what this one lacks must not bury the work.
        throw new MillraceError('INVALID_CONFIG', {
          message: `Failed to open ${about}: it is sealed with key ${JSON.stringify(keyId)}. Give this process that key as well.`,
          retryable: true,
        })
      }
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce).setAAD(authenticated(header, about)).setAuthTag(tag)
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch {
        throw invalid(`open ${about}`, `key ${JSON.stringify(keyId)} does not fit`, 'Store the credentials anew.')
      }
    },
  }
}

function parse(sealed: Uint8Array) {
  const bytes = Buffer.from(sealed)
  const nonceAt = 2 + (bytes[1] ?? 0)
  const tagAt = nonceAt + NONCE_BYTES
  const bodyAt = tagAt + TAG_BYTES
  if (bytes[0] !== FORMAT || bytes.byteLength < bodyAt) {
    throw invalid('open credentials', 'they are not in the form that this program writes', 'Store them anew.')
  }
  return {
    keyId: bytes.toString('utf8', 2, nonceAt),
    header: bytes.subarray(0, tagAt),
    nonce: bytes.subarray(nonceAt, tagAt),
    tag: bytes.subarray(tagAt, bodyAt),
    body: bytes.subarray(bodyAt),
  }
}

function authenticated(header: Buffer, about: string): Buffer {
  return Buffer.concat([header, Buffer.from(about)])
}

function invalid(verb: string, reason: string, remedy: string): MillraceError {
  return new MillraceError('INVALID_CONFIG', { message: `Failed to ${verb}: ${reason}. ${remedy}` })
}
