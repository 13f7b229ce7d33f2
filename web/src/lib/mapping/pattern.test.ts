import { describe, expect, it } from 'vitest'
import { captured, capturesOf, filterOf, levelsOf, nameFault, renameCapture, toggleCapture } from './pattern'

it('tells the kinds of levels', () => {
  expect(levelsOf('a/{b}/+/{c...}').map((l) => l.kind)).toEqual(['literal', 'capture', 'one', 'rest'])
  expect(levelsOf('a/#').map((l) => l.kind)).toEqual(['literal', 'many'])
  expect(levelsOf('a{b}/{}').map((l) => l.kind)).toEqual(['literal', 'literal'])
  expect(capturesOf('{client.id}/{b}/{c...}')).toEqual(['client.id', 'b', 'c'])
})

it.each([
  ['home/{room}/temp', 'home/+/temp'],
  ['a/{rest...}', 'a/#'],
  ['a/+/#', 'a/+/#'],
])('%s subscribes to %s', (pattern, filter) => {
  expect(filterOf(pattern)).toBe(filter)
})

describe('captured', () => {
  it.each([
    ['home/{room}/{sensor}', 'home/kitchen/temp', { room: 'kitchen', sensor: 'temp' }],
    ['home/{room}', 'home/', undefined],
    ['home/{room}', 'home/a/b', undefined],
    ['home/{r...}', 'home/a/b', { r: 'a/b' }],
    ['home/{r...}', 'home', undefined],
    ['home/#', 'home', {}],
    ['home/+', 'home/', {}],
  ])('%s of %s', (pattern, topic, want) => {
    const got = captured(pattern, topic)
    expect(got && Object.fromEntries(got)).toEqual(want)
  })
})

describe('toggleCapture', () => {
  const sample = 'home/kitchen/temp'
  it('makes a level a capture and back', () => {
    const one = toggleCapture(sample, 1, sample)
    expect(one).toBe('home/{room}/temp')
    expect(toggleCapture(one, 1, sample)).toBe(sample)
  })
  it('guesses from what stands before', () => {
    expect(toggleCapture('home/{room}/temp', 2, sample)).toBe('home/{room}/{sensor}')
    expect(toggleCapture('rooms/attic/x', 1, 'rooms/attic/x')).toBe('rooms/{room}/x')
    expect(toggleCapture('glass/x', 1, 'glass/x')).toBe('glass/{name}')
  })
  it('never takes a name twice', () => {
    expect(toggleCapture('home/{room}/rooms/a', 3, 'home/x/rooms/a')).toBe('home/{room}/rooms/{room2}')
  })
  it('leaves a pattern alone where the sample has no level', () => {
    expect(toggleCapture('a/b/c', 2, 'a/b')).toBe('a/b/c')
  })
})

it('renames a capture everywhere', () => {
  expect(renameCapture('/home/{room}/{room...}{rooms}', 'room', 'place')).toBe('/home/{place}/{place...}{rooms}')
})

it('checks names', () => {
  expect(nameFault('room', [])).toBe('')
  expect(nameFault('client.id', [])).toBe('')
  expect(nameFault('2nd', [])).not.toBe('')
  expect(nameFault('room', ['room'])).toContain('already')
})
