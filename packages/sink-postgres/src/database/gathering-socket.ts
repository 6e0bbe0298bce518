import { Socket } from 'node:net'

/**
 * Sends at once what is written in one turn of the event loop. A transaction's statements that wait for no answer then cost one
 * system call and wake the server up once, which for small statements is most of what sending them costs. Under TLS, which
 * writes past it, they travel one by one.
 */
export class GatheringSocket extends Socket {
  #gathers = false

  /** Who writes a statement corks before and uncorks after it; one more cork is held until the turn ends. */
  override cork(): void {
    super.cork()
    if (this.#gathers) return
    this.#gathers = true
    super.cork()
    process.nextTick(() => {
      this.#gathers = false
      super.uncork()
    })
  }
}
