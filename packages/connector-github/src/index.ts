export { deployments } from './entities/deployments.ts'
export { people } from './entities/people.ts'
export {
  prsAssignees,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviewers,
  prsReviews,
  prsReviewThreads,
  prsWorkItemKeys,
} from './entities/pr-children.ts'
export { prs } from './entities/prs.ts'
export { releases } from './entities/releases.ts'
export { repositories } from './entities/repositories.ts'
export { github } from './github-connector.ts'
export { type GithubConfig, type GithubOptions, githubOptions } from './github-options.ts'
