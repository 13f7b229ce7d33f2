import { describe, expect, test } from 'vitest'
import sheet from './tokens.css?raw'

// The colours as tokens.css has them: the first block is light, the last dark.
const blocks = [...sheet.matchAll(/:root[^{]*\{([^}]*)\}/g)].map((m) => m[1])
const colours = (block: string) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]))
const light = colours(blocks[0])
const dark = { ...light, ...colours(blocks.at(-1)!) }

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, c) => {
  const grounds = ['ground', 'raised', 'sunken']
  const texts = ['ink', 'soft', 'accent', 'mqtt', 'sio', 'good', 'warn', 'bad']
  test.each(texts.flatMap((t) => grounds.map((g) => [t, g])))('%s on %s can be read', (text, ground) => {
    expect(contrast(c[text], c[ground])).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['good', 'warn', 'bad', 'accent'])('%s on its own ground can be read', (tone) => {
    expect(contrast(c[tone], c[`${tone}-ground`])).toBeGreaterThanOrEqual(4.5)
    expect(contrast(c.ink, c[`${tone}-ground`])).toBeGreaterThanOrEqual(4.5)
  })

  test('buttons and the borders of controls can be seen', () => {
    expect(contrast(c['accent-ink'], c.accent)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(c.edge, c.raised)).toBeGreaterThanOrEqual(3)
    expect(contrast(c.soft, c.hover)).toBeGreaterThanOrEqual(4.5)
  })
})

test('both ways to dark are the same', () =>
  expect(blocks[1].replace(/\s+/g, ' ')).toBe(blocks[2].replace(/\s+/g, ' ')))
