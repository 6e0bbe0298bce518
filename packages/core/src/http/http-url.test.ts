import { expect, test } from 'vitest'
import { createFetch } from './create-fetch.ts'
import { allowedUrl } from './http-url.ts'

const open = { allowPrivateNetworks: true, resolveHost: async () => [] }
const closed = { allowPrivateNetworks: false, resolveHost: async () => ['93.184.215.14'] }

test.each(['/issues', 'ftp://example.com', 'file:///etc/passwd', 'https://me:s3cr3t@example.com', 'not a url'])(
  'refuses %s',
  async (url) => {
    const error = await allowedUrl(url, open).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'FORBIDDEN_URL' })
    expect(String(error)).not.toContain('s3cr3t')
  },
)

test.each([
  'http://localhost:4000',
  'http://tracker.internal/rest',
  'http://127.1/',
  'http://0x7f000001/',
  'http://10.1.2.3',
  'http://172.31.0.1',
  'http://192.168.0.1',
  'http://169.254.169.254/latest/meta-data',
  'http://100.64.0.1',
  'http://[::1]:80',
  'http://[fd00::1]',
  'http://[fe80::1]',
  'http://[::ffff:10.0.0.1]',
])('refuses %s unless private networks are allowed', async (url) => {
  expect((await allowedUrl(url, open)).href).toBe(new URL(url).href)
  await expect(allowedUrl(url, closed)).rejects.toMatchObject({ code: 'FORBIDDEN_URL' })
})

test('a name that resolves into a private network is refused', async () => {
  const rebinding = { allowPrivateNetworks: false, resolveHost: async () => ['93.184.215.14', '10.0.0.7'] }
  await expect(allowedUrl('https://example.com', rebinding)).rejects.toMatchObject({ code: 'FORBIDDEN_URL' })
  expect((await allowedUrl('https://172.32.0.1/', closed)).host).toBe('172.32.0.1')
})

test('a redirect into a private network is refused', async () => {
  const fetch = createFetch({
    ...closed,
    fetch: async () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }),
  })
  await expect(fetch('https://example.com')).rejects.toMatchObject({ code: 'FORBIDDEN_URL' })
})
