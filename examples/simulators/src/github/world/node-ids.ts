/** What an id names, for nodes that can be asked for by it. */
export interface NodePlace {
  readonly kind: string
  readonly repository: number
  readonly number: number
  readonly serial: number
}

/** Ids are opaque to clients, but tell this server what they name, so that it need not remember them. */
export const placedId = (kind: string, repository: number, number = 0, serial = 0): string =>
  `${kind}_${Buffer.from(`kwDO:${repository}:${number}:${serial}`).toString('base64url')}`

export const placeOf = (id: string): NodePlace | undefined => {
  const [kind = '', ...rest] = id.split('_')
  const parts = Buffer.from(rest.join('_'), 'base64url').toString('utf8').split(':')
  const [magic, repository, number, serial] = parts
  if (magic !== 'kwDO' || parts.length !== 4) return undefined
  return { kind, repository: Number(repository), number: Number(number), serial: Number(serial) }
}
