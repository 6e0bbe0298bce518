import { z } from 'zod'

const jsonObject = z.record(z.string(), z.json())
type JsonObject = z.output<typeof jsonObject>

/** What a person typed, or what is wrong with it. */
export function readJsonObject(text: string): { readonly value?: JsonObject; readonly error?: string } {
  try {
    const found = jsonObject.safeParse(JSON.parse(text))
    return found.success ? { value: found.data } : { error: 'Must be an object: { "name": "value" }.' }
  } catch {
    return { error: 'Is no JSON. Quote names and values, and put a comma between entries.' }
  }
}
