export { type GithubOptions, githubOptions } from './github-options.ts'
