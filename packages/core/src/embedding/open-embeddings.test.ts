import { expect, test } from 'vitest'
import { parseEmbeddingSettings } from './embedding-settings.ts'
import { hashEmbeddings } from './hash-embeddings.ts'
import { openEmbeddings } from './open-embeddings.ts'

test('settings name a provider, whose name and dimensions are the ones that the settings say', () => {
  const served = parseEmbeddingSettings({ provider: 'openai', model: 'nomic', dimensions: 768 })
  for (const settings of [served, parseEmbeddingSettings({ provider: 'hash', dimensions: 64 })]) {
    const { name, dimensions } = openEmbeddings(settings, { apiKey: 'k' })
    expect({ name, dimensions }).toEqual({
      name: `${settings.provider}:${settings.model}`,
      dimensions: settings.dimensions,
    })
  }
})

test('the offline model is opened by whoever has it, and refused by others', () => {
  const settings = parseEmbeddingSettings({ provider: 'offline' })
  const mine = hashEmbeddings()
  expect(openEmbeddings(settings, { offline: () => mine })).toBe(mine)
  expect(() => openEmbeddings(settings)).toThrow(/Configure another provider/)
})

test('what cannot be meant is refused, and a key has no place in settings', () => {
  expect(() => parseEmbeddingSettings({ provider: 'magic' })).toThrow(/provider/)
  expect(() => parseEmbeddingSettings({ provider: 'openai', model: 'm' })).toThrow(/dimensions/)
  const withKey = { provider: 'openai', model: 'm', dimensions: 3, apiKey: 'sesame' }
  expect(() => parseEmbeddingSettings(withKey)).toThrow(/apiKey/)
  expect(() => parseEmbeddingSettings(withKey)).not.toThrow(/sesame/)
})
