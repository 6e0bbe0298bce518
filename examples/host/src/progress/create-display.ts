import { barDisplay } from './bar-display.ts'
import type { Display } from './display.ts'
import { lineDisplay } from './line-display.ts'

/** Bars on a terminal, lines elsewhere, and only what stays when progress is not wanted. */
export function createDisplay(stream: NodeJS.WriteStream, options: { readonly quiet: boolean }): Display {
  const write = (text: string): void => {
    stream.write(text)
  }
  if (options.quiet) {
    const nothing = () => undefined
    return { say: (line) => write(`${line}\n`), note: nothing, show: nothing, status: nothing, end: nothing }
  }
  // A terminal without a size, as some build servers have it, cannot be redrawn.
  return stream.isTTY && stream.rows > 0 ? barDisplay(stream) : lineDisplay(write)
}
