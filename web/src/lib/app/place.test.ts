import { describe, expect, test } from 'vitest'
import { href, match, parsePlace, seg } from './place'

describe('parsePlace', () => {
  test.each([
    ['', '/', ''],
    ['#/', '/', ''],
    ['#/mappings/', '/mappings', ''],
    ['#mappings', '/mappings', ''],
    ['#/traffic?filter=home%2F%23&text=a+b', '/traffic', 'filter=home%2F%23&text=a+b'],
    ['#//a//b', '/a/b', ''],
    ['#/a?q=b?c', '/a', 'q=b%3Fc'],
  ])('%s', (hash, path, query) => {
    const place = parsePlace(hash)
    expect([place.path, place.query.toString()]).toEqual([path, query])
  })
})

test('href escapes what is asked for, leaves out what is empty, and is read back as it was', () => {
  const to = href(`/links/${seg('a/b #1')}`, { q: 'x&y', none: undefined, empty: '' })
  expect(to).toBe('#/links/a%2Fb%20%231?q=x%26y')
  const back = parsePlace(to)
  expect(match('/links/{name}', back.path)).toEqual({ name: 'a/b #1' })
  expect(back.query.get('q')).toBe('x&y')
})

describe('match', () => {
  test.each([
    ['/mappings/{id}', '/mappings/kitchen', { id: 'kitchen' }],
    ['/mappings/{id}', '/mappings', null],
    ['/mappings/{id}', '/mappings/a/b', null],
    ['/mappings/{id}', '/links/a', null],
    ['/a/{x}', '/a/%zz', { x: '%zz' }],
    ['/a', '/a', {}],
  ])('%s on %s', (pattern, path, want) => expect(match(pattern, path)).toEqual(want))
})
