import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { ResponseOf } from '#contract/route.ts'
import type { Routes } from '#contract/routes.ts'

export function CheckResult({ result }: { readonly result: ResponseOf<Routes['checkIntegration']> }) {
  return (
    <div
      role="status"
      className={`rise mt-4 flex gap-3 rounded-xl px-4 py-3 text-sm ${result.ok ? 'bg-good-ground text-good' : 'bg-bad-ground text-bad'}`}
    >
      {result.ok ? (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      )}
      <div className="min-w-0 break-words">
        <p className="font-medium">
          {result.ok ? `Connected as ${result.account ?? 'an unnamed account'}` : result.error?.message}
        </p>
        {result.error && <p>{result.error.remedy}</p>}
        {result.notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
    </div>
  )
}
