export { type RunStepOptions, type RunStepPage, type RunStepResult, runStep } from './run-step.ts'
