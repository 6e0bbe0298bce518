import { styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import type { Display } from './display.ts'
import { renderBars } from './render-bars.ts'

/** For terminals: bars that are redrawn in place, below the lines that stay. */
export function barDisplay(stream: NodeJS.WriteStream): Display {
  const draw = createLogUpdate(stream, { showCursor: true })
  let bars = ''
  let note = ''
  const redraw = (): void => {
    if (bars === '') return
    draw(note === '' ? bars : `${bars}\n${styleText('yellow', note, { stream })}`)
  }
  return {
    say: (line) => {
      draw.clear()
      stream.write(`${line}\n`)
      redraw()
    },
    note: (line) => {
      note = line
      redraw()
    },
    show: (progress) => {
      bars = renderBars(progress, stream)
      redraw()
    },
    status: (line) => {
      bars = line
      redraw()
    },
    end: () => {
      note = ''
      redraw()
      draw.done()
      bars = ''
    },
  }
}
