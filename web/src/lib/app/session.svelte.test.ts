import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { session } from './session.svelte'

/** What the gateway answers, by method and path. */
let answers: Record<string, [number, unknown]>
const ann = {
  authenticated: true,
  claimed: true,
  user: { id: 'ann', username: 'ann', role: 'admin' },
  can: ['publish'],
}
const nobody = { authenticated: false, claimed: true, can: [] }

beforeEach(() => {
  answers = { 'GET setup': [200, { claimed: true, name: 'cellar', listen: {} }], 'GET session': [200, nobody] }
  vi.stubGlobal('document', { baseURI: 'http://gw/' })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const found = answers[`${init.method} ${url.replace('http://gw/api/v1/', '')}`]
    if (!found) throw new TypeError('failed to fetch')
    return new Response(found[0] === 204 ? null : JSON.stringify(found[1]), { status: found[0] })
  })
  session.phase = 'loading'
  session.ended = false
})
afterEach(() => vi.unstubAllGlobals())

describe('load', () => {
  test.each([
    ['an unclaimed gateway is set up', { ...nobody, claimed: false }, 'setup'],
    ['nobody logs in', nobody, 'login'],
    ['a token is nobody who reads pages', { ...nobody, authenticated: true }, 'login'],
    ['a user is in', ann, 'in'],
  ])('%s', async (_, answer, phase) => {
    answers['GET session'] = [200, answer]
    await session.load()
    expect(session.phase).toBe(phase)
  })

  test('a gateway that does not answer is not a logout', async () => {
    answers['GET session'] = [200, ann]
    await session.load()
    answers = {}
    await session.load()
    expect(session.phase).toBe('in')
  })
})

test('login lets in, and says what may be done', async () => {
  answers['POST session'] = [201, ann]
  await session.login('ann', 'secret')
  expect([session.phase, session.can('publish'), session.can('backup')]).toEqual(['in', true, false])
})

test('a wrong password changes nothing', async () => {
  session.phase = 'login'
  answers['POST session'] = [403, { detail: 'wrong user or password', code: 'denied' }]
  await expect(session.login('ann', 'x')).rejects.toThrow('Wrong user or password.')
  expect(session.phase).toBe('login')
})

describe('a session that ends', () => {
  beforeEach(async () => {
    answers['GET session'] = [200, ann]
    await session.load()
  })

  test('by the user’s own doing needs no words', async () => {
    answers['DELETE session'] = [204, null]
    await session.logout()
    expect([session.phase, session.ended]).toEqual(['login', false])
  })

  test.each([
    ['seen by a refusal', () => session.lost()],
    ['seen by asking', () => ((answers['GET session'] = [200, nobody]), session.load())],
  ])('by itself is said: %s', async (_, happen) => {
    await happen()
    expect([session.phase, session.ended]).toEqual(['login', true])
  })
})
