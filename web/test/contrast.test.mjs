import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const css = readFileSync(new URL('../src/css/tokens.css', import.meta.url), 'utf8')

/** The colours of one block of tokens.css, by name. */
function colours(selector) {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0]
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]))
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const light = colours(':root')
const dark = colours(":root[data-theme='dark']")
const system = colours(":root:not([data-theme='light'])")

test('dark is the same, chosen or from the system', () => assert.deepEqual(dark, system))

for (const [name, c] of Object.entries({ light, dark })) {
  test(`${name}: text reads at 4.5 to 1 on every ground, edges of controls at 3 to 1`, () => {
    for (const ground of ['ground', 'raised', 'sunken']) {
      for (const ink of ['ink', 'soft', 'accent', 'mqtt', 'sio', 'good', 'warn', 'bad']) {
        const ratio = contrast(c[ink], c[ground])
        assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`)
      }
      assert.ok(contrast(c.edge, c[ground]) >= 3, `edge on ${ground}: ${contrast(c.edge, c[ground]).toFixed(2)}`)
    }
    assert.ok(contrast(c['accent-ink'], c.accent) >= 4.5)
    assert.ok(contrast(c.ink, c['bad-ground']) >= 4.5)
    assert.ok(contrast(c.ground, c.ink) >= 4.5)
  })
}
