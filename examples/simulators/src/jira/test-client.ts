import type { z } from 'zod'
import type { JiraSimulator } from './start-jira-simulator.ts'

/** What came back, before and after it was understood. */
export interface Received<T> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: T
}

/** A minimal client that insists on the shape of every answer: for tests of the simulator itself. */
export interface TestClient {
  readonly get: <S extends z.ZodType>(
    path: string,
    schema: S,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Received<z.output<S>>>
  readonly post: <S extends z.ZodType>(path: string, body: unknown, schema: S) => Promise<Received<z.output<S>>>
}

export const basic = (email = 'demo@example.com', token = 'demo-token'): string => `Basic ${btoa(`${email}:${token}`)}`

export const createTestClient = ({ url }: Pick<JiraSimulator, 'url'>, authorization: string = basic()): TestClient => {
  const receive = async <S extends z.ZodType>(response: Response, schema: S): Promise<Received<z.output<S>>> => {
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: schema.parse(JSON.parse(text)) }
  }
  return {
    get: async (path, schema, headers) =>
      receive(await fetch(url + path, { headers: { authorization, ...headers } }), schema),
    post: async (path, body, schema) =>
      receive(
        await fetch(url + path, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
        schema,
      ),
  }
}
