import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Client, urlOf } from './client'
import { Problem } from './problem'

const fetched = vi.fn<typeof fetch>()
const call = () => {
  const [url, init] = fetched.mock.calls[0]
  return { url: String(url), method: init?.method, body: init?.body, headers: new Headers(init?.headers) }
}

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'http://gw/below/' })
  vi.stubGlobal('fetch', fetched)
  fetched.mockReset().mockImplementation(async () => new Response('{"ok":true}'))
})
afterEach(() => vi.unstubAllGlobals())

test('urlOf keeps below the base path, and leaves out what is not asked', () => {
  expect(urlOf('/state', { filter: 'a/#', text: '', since: 0, before: undefined }, 'https://x/gw/')).toBe(
    'https://x/gw/api/v1/state?filter=a%2F%23&since=0',
  )
})

describe('a write', () => {
  test('sends JSON, and the revision that it was made on', async () => {
    expect(await new Client().put('/links/a', { url: 'mqtt://b' }, { revision: 'r7' })).toEqual({ ok: true })
    const { url, method, body, headers } = call()
    expect([url, method, body]).toEqual(['http://gw/below/api/v1/links/a', 'PUT', '{"url":"mqtt://b"}'])
    expect([headers.get('If-Match'), headers.get('Content-Type')]).toEqual(['"r7"', 'application/json'])
  })

  test('sends files as they are', async () => {
    await new Client().post('/backup/compare', new Blob(['x']))
    expect(call().headers.get('Content-Type')).toBe('application/octet-stream')
    expect(call().body).toBeInstanceOf(Blob)
  })

  test('answers nothing for 204', async () => {
    fetched.mockImplementation(async () => new Response(null, { status: 204 }))
    expect(await new Client().delete('/session')).toBeUndefined()
  })
})

describe('a refusal', () => {
  const refuse = (status: number) =>
    fetched.mockImplementation(async () => new Response('{"detail":"log in first","code":"denied"}', { status }))

  test('of somebody unknown is told to whoever asked to be', async () => {
    refuse(401)
    const client = new Client()
    const told = vi.fn()
    client.onUnauthorized(told)
    await expect(client.get('/links')).rejects.toMatchObject({ status: 401, message: 'Log in first.' })
    expect(told).toHaveBeenCalledOnce()
  })

  test('of a wrong role is not', async () => {
    refuse(403)
    const client = new Client()
    const told = vi.fn()
    client.onUnauthorized(told)
    await expect(client.get('/users')).rejects.toBeInstanceOf(Problem)
    expect(told).not.toHaveBeenCalled()
  })

  test('no answer at all is a problem with words, but a question taken back is not', async () => {
    fetched.mockRejectedValueOnce(new TypeError('failed to fetch'))
    await expect(new Client().get('/links')).rejects.toMatchObject({ status: 0, code: 'unavailable' })
    fetched.mockRejectedValueOnce(new DOMException('aborted', 'AbortError'))
    await expect(new Client().get('/links')).rejects.toMatchObject({ name: 'AbortError' })
  })
})
