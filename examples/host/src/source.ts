import type { Database } from '@millrace/sink-postgres'
import type { JiraSimulator } from '@millrace-examples/simulators'
import { chooseSite, DEMO_ACCOUNT, startDemoSite } from './demo-site.ts'
import { readMirroredSite, writeMirroredSite } from './mirrored-site.ts'
import type { SourceChoice } from './options.ts'

/** The site that is mirrored: under which names it is kept, and how to get in. */
export interface Source {
  readonly integration: string
  readonly job: string
  readonly baseUrl: string
  readonly username: string | undefined
  readonly credentials: { readonly apiToken: string }
  /** Absent for a real site. */
  readonly simulator?: JiraSimulator
}

/** Starts the simulated site, or names the real one. */
export async function openSource(choice: SourceChoice, db: Database, tenantId: number): Promise<Source> {
  if (choice.kind === 'jira') {
    const { host, pathname } = new URL(choice.baseUrl)
    // Atlassian's gateway serves every site under one host; their issues have the same ids.
    const name = `Jira at ${host}${pathname.replace(/\/+$/, '')}`
    const { baseUrl, email: username, apiToken } = choice
    return { integration: name, job: name, baseUrl, username, credentials: { apiToken } }
  }
  const site = chooseSite(choice.site, await readMirroredSite(db, tenantId), Date.now())
  const simulator = await startDemoSite(site, choice)
  await writeMirroredSite(db, tenantId, site)
  const { email: username, apiToken } = DEMO_ACCOUNT
  return {
    integration: 'Jira demo',
    job: 'Jira',
    baseUrl: simulator.url,
    username,
    credentials: { apiToken },
    simulator,
  }
}
