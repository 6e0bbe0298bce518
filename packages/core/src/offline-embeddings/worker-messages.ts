/** To the worker thread: embed these. */
export interface EmbedOrder {
  readonly id: number
  readonly texts: readonly string[]
}

/** Back from it. `absent` means that the model's packages are not installed. */
export type EmbedAnswer =
  | { readonly id: number; readonly vectors: readonly Float32Array[] }
  | { readonly id: number; readonly error: string; readonly absent: boolean }
