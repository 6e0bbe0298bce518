import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1_024 * 1_024 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const NAME = 'scrypt'

/** A salted hash that is expensive to guess against, with what is needed to check a password against it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, COST)
  return [NAME, COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Takes as long for a hash that is absent, so that nobody learns which addresses are known. */
export async function isPassword(password: string, stored: string | null | undefined): Promise<boolean> {
  const [name, n, r, p, salt = '', hash = ''] = (stored ?? '').split('$')
  if (name !== NAME) {
    await derive(password, randomBytes(SALT_BYTES), COST)
    return false
  }
  const cost = { ...COST, N: Number(n), r: Number(r), p: Number(p) }
  const found = await derive(password, Buffer.from(salt, 'base64url'), cost)
  const wanted = Buffer.from(hash, 'base64url')
  return wanted.byteLength === found.byteLength && timingSafeEqual(wanted, found)
}

function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, cost, (error, hash) => (error ? reject(error) : resolve(hash)))
  })
}
