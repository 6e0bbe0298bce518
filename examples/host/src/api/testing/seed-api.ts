import { createIntegration, createJob, type Database, migrate, type Secrets, seedTenant } from '@millrace/sink-postgres'
import { hashPassword } from '../security/passwords.ts'
import { insertUser } from '../security/users.ts'

export const PASSWORD = 'a password for tests'
/** Stored as credentials: must never be seen again. */
export const MARKER = 'marker-that-nobody-may-see'

export interface SeededAccount {
  readonly tenantId: number
  readonly jobId: number
  readonly integrationId: number
}

/** Two tenants with an account and a job each, and a user of each role in the first. */
export async function seedApi(
  db: Database,
  secrets: Secrets,
): Promise<SeededAccount & { readonly other: SeededAccount }> {
  await migrate(db)
  const account = async (name: string): Promise<SeededAccount> => {
    const tenantId = await seedTenant(db, { name })
    const integrationId = await createIntegration(db, {
      tenantId,
      secrets,
      name: 'Site',
      type: 'jira',
      baseUrl: 'http://127.0.0.1:9',
      credentials: { apiToken: MARKER },
    })
    const jobId = await createJob(db, { tenantId, name: 'Site', connector: 'jira', integrationId })
    return { tenantId, integrationId, jobId }
  }
  const first = await account('Acme')
  const other = await account('Other')
  const hash = await hashPassword(PASSWORD)
  for (const role of ['user', 'operator', 'admin'] as const) {
    await insertUser(db, first.tenantId, { email: `${role}@acme.test`, displayName: role, role, hash })
  }
  return { ...first, other }
}
