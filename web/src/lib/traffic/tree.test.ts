import { describe, expect, it } from 'vitest'
import { message } from './testing'
import { numberOf, TopicTree } from './tree'

const paths = (t: TopicTree, open: string[] = [], wanted?: (topic: string) => boolean) =>
  t.rows((p) => open.includes(p) || open[0] === '*', wanted).map((r) => '  '.repeat(r.depth) + r.node.name)

function tree(...topics: string[]): TopicTree {
  const t = new TopicTree()
  topics.forEach((topic, i) => t.add(message(i + 1, topic)))
  return t
}

describe('TopicTree', () => {
  it('opens level by level, numbers in their order', () => {
    const t = tree('home/room10/temp', 'home/room2/temp', 'attic')
    expect(paths(t)).toEqual(['attic', 'home'])
    expect(paths(t, ['home'])).toEqual(['attic', 'home', '  room2', '  room10'])
  })

  it('keeps empty levels apart', () => {
    const t = tree('/a', 'a/', 'a')
    expect(paths(t, ['*'])).toEqual(['', '  a', 'a', '  '])
    expect(t.get('/a')?.path).toBe('/a')
    expect(t.get('a/')?.path).toBe('a/')
  })

  it('counts the topics below', () => {
    const t = tree('home/a', 'home/b', 'home')
    expect(t.root.topics).toBe(3)
    t.remove('home/a')
    expect(t.root.topics).toBe(2)
    expect(paths(t, ['*'])).toEqual(['home', '  b'])
    t.remove('home/b')
    expect(paths(t, ['*'])).toEqual(['home'])
  })

  it('shows only what leads to wanted topics', () => {
    const t = tree('home/a/x', 'home/b/y', 'other')
    expect(paths(t, ['*'], (topic) => topic.endsWith('y'))).toEqual(['home', '  b', '    y'])
  })

  it('forgets the longest unheard', () => {
    const t = new TopicTree(2)
    t.add(message(1, 'a'))
    t.add(message(2, 'b'))
    t.add(message(3, 'a'))
    t.add(message(4, 'c'))
    expect(paths(t)).toEqual(['a', 'c'])
    expect(t.forgotten).toBe(1)
    expect(t.root.topics).toBe(2)
  })

  it('keeps the newest value, whatever comes late', () => {
    const t = tree()
    t.add(message(9, 'a', 'new'))
    t.set('a', message(3, 'a', 'old'))
    expect(t.get('a')?.last?.payload).toBe('new')
  })

  it('remembers numbers for the sparkline, each once', () => {
    const t = tree()
    const m = message(1, 'a', '21.5')
    t.set('a', m)
    t.add(m)
    t.add(message(2, 'a', 'off'))
    t.add(message(3, 'a', '22'))
    expect(t.get('a')?.numbers).toEqual([21.5, 22])
  })

  it('sums the rate of what is below', () => {
    const t = tree()
    for (let i = 1; i <= 60; i++) t.add(message(i, i % 2 ? 'home/a' : 'home/b'), 10)
    const now = Date.parse(message(60).at)
    expect(t.rows(() => false)[0]!.node.rate.perSecond(now)).toBeGreaterThan(9)
  })
})

it.each([
  ['21.5', 21.5],
  [' -3 ', -3],
  ['1e3', 1000],
  ['', undefined],
  ['on', undefined],
  ['0x10', undefined],
  ['21.5 C', undefined],
])('reads %j as a number: %s', (text, want) => {
  expect(numberOf(text)).toBe(want)
})
