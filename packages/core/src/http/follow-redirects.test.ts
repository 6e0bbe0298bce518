import { expect, test } from 'vitest'
import { createFetch } from './create-fetch.ts'

interface Sent {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  readonly body: unknown
}

function redirecting(status: number, ...locations: readonly string[]) {
  const sent: Sent[] = []
  const fetch = createFetch({
    retries: 0,
    fetch: async (url, init = {}) => {
      const location = locations[sent.length]
      sent.push({ url: String(url), method: init.method, headers: new Headers(init.headers), body: init.body })
      return location === undefined ? new Response('ok') : new Response(null, { status, headers: { location } })
    },
  })
  const post = () =>
    fetch('https://example.com/a', {
      method: 'POST',
      body: '{}',
      headers: { authorization: 'Bearer x', 'x-api-key': 'y' },
    })
  return { sent, post, fetch }
}

test('a redirect of the same host keeps method, body and credentials', async () => {
  const { sent, post } = redirecting(307, '/b')
  expect(await (await post()).text()).toBe('ok')
  expect(sent[1]).toMatchObject({ url: 'https://example.com/b', method: 'POST', body: '{}' })
  expect(sent[1]?.headers.get('authorization')).toBe('Bearer x')
})

test('another host never sees the credentials', async () => {
  const { sent, post } = redirecting(308, 'https://elsewhere.example.org/b')
  await post()
  expect([...(sent[1]?.headers.keys() ?? [])]).toEqual(
    ['content-type', 'user-agent'].filter((name) => sent[1]?.headers.has(name)),
  )
})

test('a POST that is redirected by 302 or 303 goes on as GET', async () => {
  const { sent, post } = redirecting(303, '/b')
  await post()
  expect(sent[1]).toMatchObject({ method: 'GET', body: null })
})

test('redirects end: in circles, and where there is no URL', async () => {
  const circle = redirecting(302, ...Array.from({ length: 9 }, () => '/again'))
  await expect(circle.post()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
  expect(circle.sent).toHaveLength(6)
  await expect(redirecting(302, 'http://').post()).rejects.toMatchObject({ code: 'HTTP_STATUS' })
})

test('a caller may look at the redirect itself', async () => {
  const { fetch } = redirecting(302, '/b')
  expect((await fetch('https://example.com/a', { redirect: 'manual' })).status).toBe(302)
})
