import { expect, it } from 'vitest'
import { Rate, rateText } from './rate'

it('tells the rate of a steady stream', () => {
  const r = new Rate()
  for (let ms = 0; ms < 60_000; ms += 100) r.add(ms)
  expect(r.perSecond(60_000)).toBeGreaterThan(9)
  expect(r.perSecond(60_000)).toBeLessThan(11)
})

it('fades when nothing comes', () => {
  const r = new Rate()
  r.add(0, 100)
  expect(r.perSecond(60_000)).toBeLessThan(0.05)
})

it.each([
  [1234.4, '1,234/s'],
  [142, '142/s'],
  [2.44, '2.4/s'],
  [0.5, '30/min'],
  [0.016, '1/min'],
  [0.001, ''],
])('%d is %s', (n, text) => {
  expect(rateText(n)).toBe(text)
})
