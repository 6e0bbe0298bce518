import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import type { ResponseOf } from '#contract/route.ts'
import type { RouteName, Routes } from '#contract/routes.ts'
import { call } from './call.ts'

type Given<Name extends RouteName> = Parameters<typeof call<Name>>[1]

/** What an endpoint answers, kept fresh. Everything is cached under the name of its route. */
export function useAnswer<Name extends RouteName>(
  name: Name,
  given: Given<Name>,
  options: { readonly refreshMs?: number; readonly enabled?: boolean } = {},
): UseQueryResult<ResponseOf<Routes[Name]>, Error> {
  return useQuery<ResponseOf<Routes[Name]>, Error>({
    queryKey: [name, given],
    queryFn: ({ signal }) => call(name, given, signal),
    refetchInterval: options.refreshMs ?? false,
    enabled: options.enabled ?? true,
  })
}

/**
 * Does something, says how it went, and has what it changed read again.
 *
 * @param spoils names of the routes whose answers it changes
 */
export function useAction<Name extends RouteName>(
  name: Name,
  options: {
    readonly spoils: readonly RouteName[]
    readonly success?: (answer: ResponseOf<Routes[Name]>) => string
    /** Says errors itself, where a form shows them. */
    readonly quiet?: boolean
  },
) {
  const queries = useQueryClient()
  return useMutation<ResponseOf<Routes[Name]>, Error, Given<Name>>({
    mutationFn: (given) => call(name, given),
    onSuccess: (answer) => {
      if (options.success) toast.success(options.success(answer))
    },
    onError: (error) => {
      if (!options.quiet) toast.error(error.message, { duration: 10_000 })
    },
    onSettled: () => Promise.all(options.spoils.map((spoilt) => queries.invalidateQueries({ queryKey: [spoilt] }))),
  })
}
