import { describe, expect, it } from 'vitest'
import { caretIn, tokenize } from './tokens'

const read = (text: string) =>
  tokenize(text)
    .filter((t) => t.kind !== 'space')
    .map((t) => `${t.kind}:${text.slice(t.from, t.to)}`)

describe('tokenize', () => {
  it('tells names, members, calls and words apart', () => {
    expect(read('not upper(payload.state) == "ON" and 1.5 > x')).toEqual([
      'word:not',
      'call:upper',
      'operator:(',
      'name:payload',
      'operator:.',
      'member:state',
      'operator:)',
      'operator:==',
      'string:"ON"',
      'word:and',
      'number:1.5',
      'operator:>',
      'name:x',
    ])
  })

  it.each(['', '"open', "'", '`', '/* open', '// c', 'a..b', '\\', 'é €', 'x ?? y?.z', '1e', '{"a": 1}'])(
    'covers %j without a gap',
    (text) => {
      const tokens = tokenize(text)
      expect(tokens.map((t) => text.slice(t.from, t.to)).join('')).toBe(text)
    },
  )
})

describe('caretIn', () => {
  const at = (marked: string) => caretIn(marked.replace('|', ''), marked.indexOf('|'))
  it.each([
    ['pay|', 'pay', ''],
    ['|', '', ''],
    ['payload.|', '', 'payload'],
    ['payload.color.x|', 'x', 'payload.color'],
    ['1 + ro|om', 'ro', ''],
    ['payload?.st|', 'st', 'payload'],
    ['f(x).|', '', ''],
  ])('%s', (marked, word, path) => {
    expect(at(marked)).toMatchObject({ word, path })
  })
  it('offers nothing in a string or a number', () => {
    expect(at('"ab|')).toBeUndefined()
    expect(at('1.2|')).toBeUndefined()
  })
})
