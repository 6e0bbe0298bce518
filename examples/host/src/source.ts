import { github } from '@millrace/connector-github'
import { jira } from '@millrace/connector-jira'
import type { Connector } from '@millrace/core'
import type { Database } from '@millrace/sink-postgres'
import { chooseSite, DEMO_ACCOUNT, DEMO_TOKEN, startDemoCodeHost, startDemoTracker } from './demo-site.ts'
import { readMirroredSite, writeMirroredSite } from './mirrored-site.ts'
import type { GithubChoice, JiraChoice, SourceChoice } from './options.ts'

/** A site that is mirrored: by what, under which names it is kept, and how to get in. */
export interface Source {
  readonly connector: Connector
  readonly integration: string
  readonly job: string
  readonly baseUrl: string
  readonly username?: string | undefined
  readonly credentials: { readonly [name: string]: string }
  readonly settings: { readonly repositories?: readonly string[] }
  /** Absent for a real site. */
  readonly simulator?: { close(): Promise<void> }
}

/** Starts the simulated sites, or names the real ones. */
export async function openSources(choice: SourceChoice, db: Database, tenantId: number): Promise<readonly Source[]> {
  if (choice.kind === 'real') {
    return [...(choice.jira ? [realJira(choice.jira)] : []), ...(choice.github ? [realGithub(choice.github)] : [])]
  }
  const site = chooseSite(choice.site, await readMirroredSite(db, tenantId), Date.now())
  await using started = new AsyncDisposableStack()
  const tracker = started.adopt(await startDemoTracker(site, choice), (simulator) => simulator.close())
  const codeHost = started.adopt(await startDemoCodeHost(site, choice), (simulator) => simulator.close())
  await writeMirroredSite(db, tenantId, site)
  const { email: username, apiToken } = DEMO_ACCOUNT
  started.move()
  return [
    {
      ...{ connector: jira, integration: 'Jira demo', job: 'Jira', settings: {} },
      ...{ baseUrl: tracker.url, username, credentials: { apiToken }, simulator: tracker },
    },
    {
      ...{ connector: github, integration: 'GitHub demo', job: 'GitHub', settings: {} },
      ...{ baseUrl: codeHost.url, credentials: { token: DEMO_TOKEN }, simulator: codeHost },
    },
  ]
}

function realJira({ baseUrl, email: username, apiToken }: JiraChoice): Source {
  // Atlassian's gateway serves every site under one host; their issues have the same ids.
  const name = `Jira at ${placeOf(baseUrl)}`
  return {
    ...{ connector: jira, integration: name, job: name, settings: {} },
    ...{ baseUrl, username, credentials: { apiToken } },
  }
}

function realGithub({ baseUrl, token, repositories }: GithubChoice): Source {
  const name = `GitHub at ${placeOf(baseUrl)}`
  const settings = { repositories }
  return { connector: github, integration: name, job: name, settings, baseUrl, credentials: { token } }
}

function placeOf(baseUrl: string): string {
  const { host, pathname } = new URL(baseUrl)
  return `${host}${pathname.replace(/\/+$/, '')}`
}
