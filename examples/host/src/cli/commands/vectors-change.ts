import { readFile } from 'node:fs/promises'
import { estimateBuild, MillraceError, parseEmbeddingSettings } from '@millrace/core'
import { changeModel } from '@millrace/sink-postgres'
import { z } from 'zod'
import { showModelChange } from '../../progress/show-model-change.ts'
import { defineCommand } from '../command.ts'
import { modelTools, vectorTools } from '../vector-tools.ts'

const number = z.coerce.number('must be a number')

export const vectorsChange = defineCommand({
  name: 'vectors change',
  summary: 'embed everything of a tenant with another model while the present one serves, then let that one serve',
  options: [
    ['--provider <name>', 'openai (anything that speaks its /embeddings), offline or hash'],
    ['--model <name>', 'its model'],
    ['--dimensions <count>', "length of the model's vectors"],
    ['--base-url <url>', 'of the server, up to the version (default: https://api.openai.com/v1)'],
    ['--api-key-file <path>', 'file that holds the key of the server (default: the stored key, if any)'],
    ['--dry-run', 'only say what it would take: documents, chunks, tokens and, with --price, the cost'],
    ['--price <amount>', 'of a million tokens'],
    ['--reason <text>', 'why, for the audit log'],
  ],
  input: z.object({
    provider: z.string('must be given'),
    model: z.string().optional(),
    dimensions: number.optional(),
    baseUrl: z.string().optional(),
    apiKeyFile: z.string().optional(),
    dryRun: z.boolean().default(false),
    price: number.nonnegative('must not be negative').optional(),
    reason: z.string().optional(),
  }),
  async run(surroundings, { apiKeyFile, dryRun, price, reason, ...given }) {
    const settings = parseEmbeddingSettings(
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    )
    const { tools, sources, tenantId } = await vectorTools(surroundings)
    if (dryRun) {
      const estimate = await estimateBuild(tools, { tenantId, sources }, price)
      return { json: estimate, table: [estimate] }
    }
    const { request, defaultOf } = await modelTools(surroundings, tools)
    const changed = await changeModel(surroundings.db, {
      ...request,
      settings,
      sources,
      onProgress: showModelChange(surroundings.display),
      before: await defaultOf(tenantId),
      ...(apiKeyFile !== undefined && { apiKey: await readKey(apiKeyFile) }),
      ...(reason !== undefined && { reason }),
    })
    const { profile, before, rows, embedded } = changed
    const line =
      profile === before
        ? `${profile} is the model already.`
        : `${profile} serves: ${rows} rows, ${embedded} documents embedded now. ${before} is kept to go back to (vectors roll-back), until vectors forget.`
    return { json: changed, lines: [line] }
  },
})

/** Keys come from files: what is typed stays in the history of the shell. */
async function readKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to read the key in ${path}: the file cannot be read. Name another with --api-key-file.`,
      cause,
    })
  })
  return text.trim()
}
