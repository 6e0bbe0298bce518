import { flowInsights } from '../../insights/flow-insights.ts'
import { reviewInsights } from '../../insights/review-insights.ts'
import { throughputInsights } from '../../insights/throughput-insights.ts'
import { timeInsights } from '../../insights/time-insights.ts'
import type { Api } from '../api.ts'
import type { insightRoutes } from '../contract/insights.ts'
import type { Handlers } from '../handlers.ts'

/** How work flows, of what was mirrored. */
export function insightHandlers({ db, prepare }: Api): Pick<Handlers, keyof typeof insightRoutes> {
  return {
    async timeInsights({ caller: { tenantId }, query: { integration_id: integrationId, ...scope } }) {
      await prepare()
      const { periods, ...times } = await timeInsights(db, { tenantId, integrationId, ...scope })
      return { ...times, periods: [...periods] }
    },
    async throughputInsights({ caller: { tenantId }, query: { integration_id: integrationId, ...scope } }) {
      await prepare()
      return [...(await throughputInsights(db, { tenantId, integrationId, ...scope }))]
    },
    async flowInsights({ caller: { tenantId }, query: { integration_id: integrationId, ...scope } }) {
      await prepare()
      const { statuses, days } = await flowInsights(db, { tenantId, integrationId, ...scope })
      return { statuses: [...statuses], days: days.map(({ day, counts }) => ({ day, counts: [...counts] })) }
    },
    async reviewInsights({ caller: { tenantId }, query: { integration_id: integrationId, ...scope } }) {
      await prepare()
      const { periods, ...waits } = await reviewInsights(db, { tenantId, integrationId, ...scope })
      return { ...waits, periods: [...periods] }
    },
  }
}
