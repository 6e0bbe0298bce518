import type { SpecName } from '../spec-name.ts'

const page = (name: string, line: number): SpecName => ({ kind: 'page', at: `004:${line}`, name, live: name })
const part = (name: string, line: number, live: string): SpecName => ({
  kind: 'component',
  at: `004:${line}`,
  name,
  live,
})
const OTHERS = 'Of any connector that has nothing of its own to tell.'
const detail = (name: string, line: number, file: string, note?: string): SpecName => ({
  kind: 'component',
  at: `004:${line}`,
  name,
  live: `jobs/details/${file}.tsx`,
  ...(note !== undefined && { note }),
})

/** Pages of the dashboard, and parts of them. */
export const PAGE_NAMES: readonly SpecName[] = [
  page('/', 54),
  page('/wits', 55),
  page('/hierarchies', 56),
  page('/statuses', 57),
  page('/workflows', 58),
  page('/integrations', 59),
  page('/qdrant', 60),
  part('Header', 63, 'layout/header.tsx'),
  part('CollapsedSidebar', 64, 'layout/sidebar.tsx'),
  part('JobCard', 65, 'jobs/job-card.tsx'),
  part('IntegrationLogo', 66, 'parts/logo.tsx'),
  detail('JobDetailsModal', 67, 'job-details-modal'),
  detail('JiraJobDetailsModal', 68, 'jira-details'),
  detail('GitHubJobDetailsModal', 69, 'github-details'),
  detail('FabricJobDetailsModal', 70, 'other-details', OTHERS),
  detail('ADJobDetailsModal', 71, 'other-details', OTHERS),
  part('JobSettingsModal', 72, 'jobs/job-settings-modal.tsx'),
  {
    kind: 'component',
    at: '004:73',
    name: 'ToastContainer',
    reason: 'The library `sonner` shows toasts, in `app.tsx`.',
  },
  part('CreateModal', 74, 'configuration/entry-modal.tsx'),
  part('EditModal', 75, 'configuration/entry-modal.tsx'),
  part('DependencyModal', 76, 'configuration/entry-removal.tsx'),
]
