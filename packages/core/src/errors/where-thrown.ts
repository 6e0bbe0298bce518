/**
 * Where in somebody's code the language itself refused to go on, as ` (src/forum.ts:42:11)`: its words, "Cannot read properties
 * of undefined", say nothing of the place. Empty for errors of other kinds, which somebody worded, and for what arose in a library
 * alone.
 */
export function whereThrown(error: unknown): string {
  if (!LANGUAGE_ERRORS.some((kind) => error instanceof kind)) return ''
  for (const line of (error as Error).stack?.split('\n') ?? []) {
    const [, path = '', position = ''] = FRAME.exec(line) ?? []
    if (path === '' || /[/\\]node_modules[/\\]/.test(path)) continue
    // The directories above would name somebody's machine.
    return ` (${path.split(/[/\\]/).slice(-2).join('/')}:${position})`
  }
  return ''
}

const LANGUAGE_ERRORS = [TypeError, ReferenceError, RangeError, SyntaxError]

/** `    at name (file:///path:line:column)`, the parentheses only after a name; Node's own modules have no path. */
const FRAME = /^\s+at (?:async )?(?:[^(]*\()?((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*):(\d+:\d+)\)?$/
