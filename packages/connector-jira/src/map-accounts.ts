import type { Change } from '@millrace/core'
import { accounts } from './entities/accounts.ts'

/** What issues and remarks tell of a person. */
export interface NamedAccount {
  readonly accountId: string | null
  readonly displayName: string | null
}

/** Each account once; one without an id is nobody whom anything could refer to. */
export function* mapAccounts(people: Iterable<NamedAccount | null>): Iterable<Change> {
  const names = new Map<string, string | null>()
  for (const person of people) {
    if (person?.accountId) names.set(person.accountId, person.displayName ?? names.get(person.accountId) ?? null)
  }
  for (const [account_id, display_name] of names) yield accounts.upsert({ account_id, display_name })
}
