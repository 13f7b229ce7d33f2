import { describe, expect, it } from 'vitest'
import { layOut, leaves, parseJson } from './json'

const text = (source: string) =>
  layOut(parseJson(source)!)
    .map((l) => '  '.repeat(l.depth) + l.pieces.map((p) => p.text).join(''))
    .join('\n')

describe('layOut', () => {
  it.each([
    ['21.5', '21.5'],
    ['null', 'null'],
    ['{}', '{}'],
    ['[1,2,3]', '[1, 2, 3]'],
    ['{"a":{"b":[ ]},"c":"x,}"}', '{\n  "a": {\n    "b": []\n  },\n  "c": "x,}"\n}'],
    ['[{"a":1}]', '[\n  {\n    "a": 1\n  }\n]'],
  ])('lays out %s', (source, want) => {
    expect(text(source)).toBe(want)
  })

  it('keeps every digit and escape as written', () => {
    expect(text('{"id":9007199254740993,"s":"\\u00e9\\"","f":1.50}')).toContain('9007199254740993')
    expect(text('{"f":1.50}')).toContain('1.50')
    expect(text('{"s":"\\u00e9\\""}')).toContain('"\\u00e9\\""')
  })

  it('agrees with JSON.parse on what it wrote', () => {
    const source = '{"state":"ON","color":{"x":0.4,"list":[true,null,{"deep":[[],{}]}]},"":" "}'
    expect(JSON.parse(text(source))).toEqual(JSON.parse(source))
  })
})

it.each(['', '{', 'on', '{"a":}', '[1,]'])('does not take %j for JSON', (source) => {
  expect(parseJson(source)).toBeUndefined()
})

it('does not follow a hostile depth', () => {
  expect(parseJson('['.repeat(500) + ']'.repeat(500))).toBeUndefined()
})

it('names each scalar', () => {
  expect([...leaves(parseJson('{"a":1,"b":{"c":[2,{"d":3}]},"odd key":4,"e":[],"f":{}}')!)]).toEqual([
    ['a', '1'],
    ['b.c[0]', '2'],
    ['b.c[1].d', '3'],
    ['["odd key"]', '4'],
    ['e', '[]'],
    ['f', '{}'],
  ])
  expect([...leaves(parseJson('7')!)]).toEqual([['', '7']])
})
