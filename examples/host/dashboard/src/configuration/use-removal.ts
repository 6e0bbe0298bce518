import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import type { RouteName } from '#contract/routes.ts'
import { call } from '../api/call.ts'
import { sayApplied } from './applied.ts'

type RemovalRoute = 'deleteHierarchy' | 'deleteWitMapping' | 'deleteStatusMapping' | 'deleteWorkflow'

/** Deletes a thing of this id, after what uses it has moved. */
export function useRemoval(name: RemovalRoute, id: string, spoils: readonly RouteName[]) {
  const queries = useQueryClient()
  return useMutation<unknown, Error, string | undefined>({
    mutationFn: async (moveTo) => {
      const answer = await call(name, { params: { id }, query: moveTo === undefined ? {} : { move_to: moveTo } })
      toast.success(sayApplied(answer.message, answer))
    },
    onSettled: () => Promise.all(spoils.map((spoilt) => queries.invalidateQueries({ queryKey: [spoilt] }))),
  })
}
