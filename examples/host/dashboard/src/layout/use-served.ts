import { useQuery } from '@tanstack/react-query'
import { z } from 'zod'

const document = z.object({ paths: z.record(z.string(), z.unknown()) })

/** Tells whether the host serves a path; everything, as long as its interface document is not there to say otherwise. */
export function useServed(): (path: string) => boolean {
  const { data } = useQuery({
    queryKey: ['served paths'],
    queryFn: async () => {
      const response = await fetch('/openapi.json')
      return response.ok ? Object.keys(document.parse(await response.json()).paths) : null
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (path) => !data || data.includes(path)
}
