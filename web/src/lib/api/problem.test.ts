import { describe, expect, test } from 'vitest'
import { Problem, problemOf, sentence, wordsOf } from './problem'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })

describe('problemOf', () => {
  test('a problem document becomes a sentence, with its fields', async () => {
    const problem = await problemOf(
      answer(422, {
        title: 'Unprocessable',
        code: 'invalid',
        detail: 'the link cannot be saved',
        errors: [
          { field: 'config.url', message: 'no host', remedy: 'write mqtt://host' },
          { location: 'body.name', message: 'is empty' },
        ],
      }),
    )
    expect([problem.status, problem.code, problem.message]).toEqual([422, 'invalid', 'The link cannot be saved.'])
    expect(problem.field('url')).toBe('no host; write mqtt://host')
    expect(problem.field('name')).toBe('is empty')
    expect(problem.field('user')).toBeUndefined()
  })

  test('what is no problem document is explained by its status', async () => {
    expect((await problemOf(answer(502, '<html>'))).message).toContain('in front of the gateway')
    expect((await problemOf(answer(500, ''))).message).toContain('500')
  })

  test('how long to wait, and that somebody was quicker', async () => {
    expect((await problemOf(answer(429, { detail: 'too often' }, { 'Retry-After': '7' }))).retryAfter).toBe(7)
    expect((await problemOf(answer(412, {}))).stale).toBe(true)
  })
})

test.each([
  ['wrong password', 'Wrong password.'],
  ['  done!', 'Done!'],
  ['', ''],
])('sentence(%j)', (text, want) => expect(sentence(text)).toBe(want))

test('wordsOf takes whatever was thrown', () => {
  expect(wordsOf(new Problem(403, 'denied', 'No.'))).toBe('No.')
  expect(wordsOf(new Error('it broke'))).toBe('It broke.')
  expect(wordsOf('odd')).toBe('Odd.')
})
