import { github } from '@millrace/connector-github'
import { jira } from '@millrace/connector-jira'
import type { Connector } from '@millrace/core'

/** What this program knows to mirror. */
export const CONNECTORS: readonly Connector[] = [jira, github]
