import { describe, expect, it } from 'vitest'
import { accepts, filterFault, matches, parseQuery } from './filter'

describe('matches', () => {
  it.each([
    ['#', 'a/b', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b/c', false],
    ['+/b', 'a/b', true],
    ['+', '/', false],
    ['/+', '/a', true],
    ['a/b', 'a/b', true],
    ['a/b', 'a/B', false],
    ['#', '$SYS/uptime', false],
    ['+/uptime', '$SYS/uptime', false],
    ['$SYS/#', '$SYS/uptime', true],
  ])('%s takes %s: %s', (filter, topic, want) => {
    expect(matches(filter, topic)).toBe(want)
  })
})

describe('filterFault', () => {
  it.each(['a/#', '#', '+', 'a/+/c', '/'])('finds nothing wrong with %s', (f) => {
    expect(filterFault(f)).toBe('')
  })
  it.each(['', 'a/#/b', 'a#', 'a/b+'])('refuses %s', (f) => {
    expect(filterFault(f)).not.toBe('')
  })
})

describe('parseQuery', () => {
  it.each([
    ['', '#', ''],
    ['home/+/temp', 'home/+/temp', ''],
    ['home/# 21.5', 'home/#', '21.5'],
    ['Kitchen', '#', 'kitchen'],
    ['kitchen temp', '#', 'kitchen temp'],
    ['"on/off"', '#', 'on/off'],
    ['#', '#', ''],
    ['a# b', '#', 'a# b'],
    ['home/# "Two words"', 'home/#', 'two words'],
  ])('reads %s', (field, filter, text) => {
    expect(parseQuery(field)).toEqual({ filter, text })
  })
})

describe('accepts', () => {
  it('finds text in topic and payload, whatever the case', () => {
    const q = parseQuery('KITCHEN')
    expect(accepts(q, 'home/kitchen/temp', '21')).toBe(true)
    expect(accepts(q, 'home/attic', '{"room":"Kitchen"}')).toBe(true)
    expect(accepts(q, 'home/attic', '21')).toBe(false)
  })
  it('leaves out $ topics unless they are asked for', () => {
    expect(accepts(parseQuery(''), '$SYS/uptime', '3')).toBe(false)
    expect(accepts(parseQuery('$SYS/#'), '$SYS/uptime', '3')).toBe(true)
  })
})
