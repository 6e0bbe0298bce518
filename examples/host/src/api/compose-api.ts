import type { Loader } from '@millrace/core'
import type { SecretKey } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import type { Api } from './api.ts'
import { vectorTasks } from './qdrant/vector-tasks.ts'
import { type IdentityProviderOptions, identityProvider } from './security/identity-provider.ts'
import { tokenKeyFrom } from './security/tokens.ts'

export interface ComposeApiOptions {
  /** The first one signs tokens. */
  readonly secretKeys: readonly [SecretKey, ...SecretKey[]]
  readonly allowPrivateNetworks: boolean
  /** Who vouches for users besides ours, if anybody does. */
  readonly identityProvider: IdentityProviderOptions | undefined
}

/** The parts of a program that its interface is made of. */
export function composeApi(
  parts: Omit<Api, 'connectors' | 'tokenKey' | 'identityProvider' | 'allowPrivateNetworks' | 'prepare' | 'tasks'>,
  options: ComposeApiOptions,
): Api {
  return {
    ...parts,
    connectors: CONNECTORS,
    prepare: preparation(parts.loader),
    tasks: vectorTasks(parts.log),
    allowPrivateNetworks: options.allowPrivateNetworks,
    tokenKey: tokenKeyFrom(options.secretKeys[0].key),
    identityProvider: options.identityProvider && identityProvider(options.identityProvider),
  }
}

/** Prepares once; a failure is tried again by whoever comes next. */
function preparation(loader: Loader): () => Promise<void> {
  let prepared: Promise<void> | undefined
  const prepare = async (): Promise<void> => {
    await loader.prepare(CONNECTORS.flatMap((connector) => connector.entities))
  }
  return () => {
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined
      throw error
    })
    return prepared
  }
}
