type Body = { readonly [field: string]: unknown }

/**
 * Brings bodies of older versions up to date; entry N makes version N + 1 of version N.
 *
 * Version 0 is what publishers write that know nothing of the ledger: no `v`, `queue_id` and `run_id`, one `external_id`
 * per embedding, times without a zone.
 */
const UPGRADES: readonly ((body: Body) => Body)[] = [
  (body) => ({
    ...body,
    v: 1,
    queue_id: body.queue_id ?? null,
    run_id: body.run_id ?? null,
    ...('table_name' in body && {
      integration_id: body.integration_id ?? null,
      external_ids: body.external_ids ?? [body.external_id],
    }),
  }),
]

export function upgradeMessage(body: Body, version: number): Body {
  return UPGRADES.slice(version).reduce((upgraded, upgrade) => upgrade(upgraded), body)
}
