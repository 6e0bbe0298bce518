import type { Answers } from './canned-answers.ts'
import { minutesFromNow } from './canned-time.ts'

const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const times = { created_at: minutesFromNow(-90_000), last_updated_at: minutesFromNow(-900) }
const owned = { integration_id: 1, active: true }
const account = {
  username: null,
  has_credentials: true,
  settings: { projects: ['BEX', 'PAY'] },
  embedding: null,
  active: true,
  jobs: 1,
  ...times,
}
const NAMES = ['To Do', 'In Progress', 'Done'] as const

/** What people configured for the accounts of the canned tenant. */
export const CANNED_CONFIGURATION = {
  listIntegrations: [
    {
      ...account,
      id: 1,
      name: 'Acme Jira',
      type: 'jira',
      base_url: 'https://acme.example.com',
      logo_filename: 'jira.svg',
    },
    { ...account, id: 2, name: 'Acme on GitHub', type: 'github', base_url: null, logo_filename: 'github.svg' },
  ],
  listConnectors: ['github', 'jira'].map((name) => ({ name, version: '0.1.0', steps: [], config_schema: {} })),
  listCustomFields: ['Agile Team', 'Story Points', 'Code Changed', 'Severity'].map((name, index) => ({
    id: uuid(100 + index),
    integration_id: 1,
    external_id: `customfield_1000${index}`,
    name,
    field_type: 'string',
    operations: ['set'],
    active: true,
    mapped_to: index === 0 ? 'team' : null,
  })),
  showCustomFieldMapping: { integration_id: 1, fields: { team: uuid(100) }, last_updated_at: minutesFromNow(-900) },
  showCustomFieldValues: {
    looked_at: 2_000,
    columns: [{ column: 'team', filled: 1_874, samples: ['Payments', 'Platform', 'Onboarding'] }],
  },
  listHierarchies: ['Subtask', 'Story', 'Epic'].map((level_name, index) => ({
    ...owned,
    id: uuid(200 + index),
    level_name,
    level_number: index - 1,
    description: null,
  })),
  hierarchyDependencies: { total: 1, dependants: [{ type: 'wit_mapping', id: uuid(300), name: 'User Story' }] },
  listWits: ['Bug', 'User Story'].map((name, index) => ({
    id: uuid(350 + index),
    integration_id: 1,
    external_id: String(index),
    name,
    description: null,
    hierarchy_level: 0,
    subtask: false,
    active: true,
    work_items: 1_204,
    mapping_id: index === 1 ? uuid(300) : null,
  })),
  listWitMappings: [{ ...owned, id: uuid(300), wit_from: 'User Story', wit_to: 'Story', wits_hierarchy_id: uuid(201) }],
  listStatuses: NAMES.map((name, index) => ({
    id: uuid(400 + index),
    integration_id: 1,
    external_id: String(index),
    name,
    description: null,
    category: name,
    active: true,
    work_items: 800,
    mapping_id: uuid(500 + index),
  })),
  listStatusMappings: NAMES.map((name, index) => ({
    ...owned,
    id: uuid(500 + index),
    status_from: name,
    status_to: name,
    status_category: name,
    role: null,
    workflow_id: uuid(600 + index),
  })),
  listWorkflows: NAMES.map((step_category, index) => ({
    ...owned,
    id: uuid(600 + index),
    step_name: ['Backlog', 'Development', 'Done'][index] ?? '',
    step_number: index + 1,
    step_category,
    is_commitment_point: index === 0,
  })),
} satisfies Answers
