import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Faults, faultSchema } from './faults.ts'
import type { Traffic } from './traffic.ts'
import type { Violation } from './traffic-check.ts'
import type { Counts } from './truth.ts'
import type { EvolveReport, EvolveRequest } from './world/evolve.ts'

/** What the control endpoints reach: the same functions the program that started the simulator has. */
export interface Controls {
  readonly faults: Faults
  readonly evolve: (request: EvolveRequest) => EvolveReport
  readonly counts: () => Counts
  readonly requests: () => Traffic
  readonly violations: () => readonly Violation[]
}

const choice = z.union([z.int().min(0), z.array(z.string())])

const evolveSchema = z.strictObject({
  edits: choice.optional(),
  transitions: choice.optional(),
  moves: z.union([choice, z.array(z.strictObject({ issue: z.string(), project: z.string() }))]).optional(),
  unlinks: choice.optional(),
  pullRequestUnlinks: choice.optional(),
  commentDeletions: choice.optional(),
  worklogDeletions: choice.optional(),
  deletions: choice.optional(),
  sprintDeletions: z.union([z.int().min(0), z.array(z.int())]).optional(),
  projectDeletions: z.array(z.string()).optional(),
  projectRestores: z.array(z.string()).optional(),
  archivedProjects: z.array(z.string()).optional(),
  unarchivedProjects: z.array(z.string()).optional(),
  hiddenProjects: z.array(z.string()).optional(),
  shownProjects: z.array(z.string()).optional(),
  hiddenIssues: choice.optional(),
  shownIssues: z.int().min(0).optional(),
  additions: z.int().min(0).optional(),
  advanceMs: z.number().min(0).optional(),
})

const faultsSchema = z.union([faultSchema, z.array(faultSchema)])

/** Endpoints under /__ that steer a simulator from another process. They need no credentials. */
export const addControlRoutes = (server: FastifyInstance, controls: Controls): void => {
  server.get('/__faults', () => controls.faults.pending())
  server.post('/__faults', (request, reply) => {
    const faults = faultsSchema.safeParse(request.body)
    if (!faults.success)
      return reply
        .code(400)
        .send({ errorMessages: faults.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) })
    controls.faults.add(...[faults.data].flat())
    return controls.faults.pending()
  })
  server.delete('/__faults', () => {
    controls.faults.clear()
    return []
  })
  server.post('/__evolve', (request, reply) => {
    const wanted = evolveSchema.safeParse(request.body)
    if (!wanted.success)
      return reply
        .code(400)
        .send({ errorMessages: wanted.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) })
    try {
      return controls.evolve(Object.fromEntries(Object.entries(wanted.data).filter(([, value]) => value !== undefined)))
    } catch (error) {
      if (error instanceof RangeError) return reply.code(400).send({ errorMessages: [error.message] })
      throw error
    }
  })
  server.get('/__counts', () => controls.counts())
  server.get('/__requests', () => controls.requests())
  server.get('/__violations', () => controls.violations())
}
