import type { ShownProgress } from './follow-progress.ts'

/** What people see while the program works. */
export interface Display {
  /** A line that stays. */
  say(line: string): void
  /** Something out of the ordinary that the program deals with by itself: a wait, another try. */
  note(line: string): void
  show(progress: ShownProgress): void
  /** How far something has come that is no run: redrawn on a terminal, a line of its own elsewhere. */
  status(line: string): void
  /** It is over: the last state stays where it is. */
  end(): void
}
