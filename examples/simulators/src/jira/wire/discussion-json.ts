import { createDice } from '../../random.ts'
import type { Comment, Worklog } from '../world/discussion.ts'
import { sentence } from '../world/prose.ts'
import { list, quote } from './json-text.ts'
import type { SiteView } from './site-view.ts'

const TEXT_SALT = 71
/** An issue embeds at most this many of each; the rest is at /issue/{id}/comment and /issue/{id}/worklog. */
const EMBEDDED_COMMENTS = 20
const EMBEDDED_WORKLOGS = 20
const MINUTE_S = 60
const HOUR_S = 3600

const body = ({ roll }: Comment): string => {
  const dice = createDice(roll, 0, TEXT_SALT)
  const text = Array.from({ length: 1 + dice.below(3) }, () => sentence(dice)).join(' ')
  const odd = dice.chance(0.01) ? '\u0000' : ''
  return `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":${quote(text + odd)}}]}]}`
}

export const commentJson = (view: SiteView, issueId: string, comment: Comment): string => {
  const user = view.userJson(comment.author)
  return (
    `{"self":${view.self(`issue/${issueId}/comment/${comment.id}`)},"id":"${comment.id}","author":${user},"body":${body(comment)},` +
    `"updateAuthor":${user},"created":${view.time(comment.at)},"updated":${view.time(comment.at)},"jsdPublic":true}`
  )
}

export const worklogJson = (view: SiteView, issueId: string, worklog: Worklog): string => {
  const user = view.userJson(worklog.author)
  return (
    `{"self":${view.self(`issue/${issueId}/worklog/${worklog.id}`)},"author":${user},"updateAuthor":${user},"comment":${body(worklog)},` +
    `"created":${view.time(worklog.at)},"updated":${view.time(worklog.at)},"started":${view.time(worklog.at - worklog.seconds * 1000)},` +
    `"timeSpent":"${duration(worklog.seconds)}","timeSpentSeconds":${worklog.seconds},"id":"${worklog.id}","issueId":"${issueId}"}`
  )
}

export const embeddedComments = (view: SiteView, issueId: string, comments: readonly Comment[]): string =>
  `{"comments":${list(comments.slice(0, EMBEDDED_COMMENTS).map((comment) => commentJson(view, issueId, comment)))},"self":${view.self(`issue/${issueId}/comment`)},` +
  `"maxResults":${EMBEDDED_COMMENTS},"total":${comments.length},"startAt":0}`

export const embeddedWorklogs = (view: SiteView, issueId: string, worklogs: readonly Worklog[]): string =>
  `{"startAt":0,"maxResults":${EMBEDDED_WORKLOGS},"total":${worklogs.length},` +
  `"worklogs":${list(worklogs.slice(0, EMBEDDED_WORKLOGS).map((worklog) => worklogJson(view, issueId, worklog)))}}`

/** Seconds the way Jira writes them: `1h 30m`. */
export const duration = (seconds: number): string => {
  const hours = Math.floor(seconds / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  return [...(hours > 0 ? [`${hours}h`] : []), ...(minutes > 0 || hours === 0 ? [`${minutes}m`] : [])].join(' ')
}
