import type { SecretKey } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import type { Api } from './api.ts'
import { tokenKeyFrom } from './security/tokens.ts'

/** The parts of a program that its interface is made of. */
export function composeApi(
  parts: Omit<Api, 'connectors' | 'tokenKey' | 'allowPrivateNetworks'>,
  options: { readonly secretKeys: readonly [SecretKey, ...SecretKey[]]; readonly allowPrivateNetworks: boolean },
): Api {
  return {
    ...parts,
    connectors: CONNECTORS,
    allowPrivateNetworks: options.allowPrivateNetworks,
    tokenKey: tokenKeyFrom(options.secretKeys[0].key),
  }
}
