/** UTF-16 code units per token at least: English has about four, code and other languages fewer. */
const LENGTH_PER_TOKEN = 2.5

/** About how many tokens a text has, rather too many. */
export function tokensOf(text: string): number {
  return text.length / LENGTH_PER_TOKEN
}

export interface BatchLimits {
  readonly maxTexts: number
  readonly maxTokens: number
  readonly maxBytes: number
}

/** Consecutive texts in batches within all limits; a text beyond a limit is a batch of its own. */
export function batchTexts(texts: readonly string[], limits: BatchLimits): readonly (readonly string[])[] {
  const batches: string[][] = []
  let tokens = 0
  let bytes = 0
  for (const text of texts) {
    const textTokens = tokensOf(text)
    const textBytes = Buffer.byteLength(text)
    const current = batches.at(-1)
    const fits = tokens + textTokens <= limits.maxTokens && bytes + textBytes <= limits.maxBytes
    if (current && fits && current.length < limits.maxTexts) {
      current.push(text)
      tokens += textTokens
      bytes += textBytes
    } else {
      batches.push([text])
      tokens = textTokens
      bytes = textBytes
    }
  }
  return batches
}
