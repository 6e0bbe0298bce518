/** More than this share of a stage's rows … */
const SHARE = 0.2
/** … and at least so many. */
const COUNT = 50

/** Whether so many rows of a stage are dead that the rest should not be tried: then it is the step that is broken. */
export function isHopeless({ dead, planned }: { readonly dead: number; readonly planned: number }): boolean {
  return dead >= COUNT && dead > planned * SHARE
}
