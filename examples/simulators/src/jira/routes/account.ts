import { at } from '../../random.ts'
import { okJson, refusal } from '../answer.ts'
import { noQuery } from '../contract/requests.ts'
import { type Route, route } from './route.ts'

/** Who am I, and where: what a client asks before it trusts a list that is empty. */
export const accountRoutes = (email: string, showTimeZone: boolean): readonly Route[] => [
  route({
    method: 'GET',
    path: '/rest/api/3/myself',
    query: noQuery,
    anonymous: refusal(401, 'Client must be authenticated to access this resource.'),
    handle: ({ site }) => {
      const person = JSON.parse(at(site.world.people, 0).json) as object
      const timeZone = showTimeZone ? { timeZone: site.view.zone.name } : { timeZone: undefined }
      const groups = { size: 1, items: [] }
      return okJson({
        ...person,
        emailAddress: email,
        ...timeZone,
        locale: 'en_US',
        groups,
        applicationRoles: groups,
        expand: 'groups,applicationRoles',
      })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/serverInfo',
    query: noQuery,
    anonymous: refusal(401, 'Client must be authenticated to access this resource.'),
    handle: ({ site }) =>
      okJson({
        baseUrl: site.world.siteUrl,
        version: '1001.0.0-SNAPSHOT',
        versionNumbers: [1001, 0, 0],
        deploymentType: 'Cloud',
        buildNumber: 100_290,
        buildDate: site.view.zone.format(site.world.clock.now()),
        serverTime: site.view.zone.format(site.world.clock.now()),
        scmInfo: '6be5d6b3c9',
        serverTitle: 'Jira',
        defaultLocale: { locale: 'en_US' },
        serverTimeZone: 'Etc/UTC',
      }),
  }),
]
