import { describe, expect, test } from 'vitest'
import type { Rates } from '$lib/api'
import { Recent, Series, step } from './series'

const rates = (mqtt_in: number, link_in = 0) => ({ mqtt_in, link_in }) as Rates

describe('Series', () => {
  test('ten seconds make one point, their mean', () => {
    const series = new Series()
    for (let i = 0; i < step - 1; i++) series.add({ rates: rates(i) })
    expect(series.of('mqtt_in')).toEqual([])
    series.add({ rates: rates(step - 1) })
    expect(series.of('mqtt_in')).toEqual([4.5])
  })

  test('goes on from what the gateway has kept, and keeps an hour', () => {
    const series = new Series()
    series.load({ step_s: 10, series: { mqtt_in: Array.from({ length: 400 }, (_, i) => i) } })
    for (let i = 0; i < step; i++) series.add({ rates: rates(1000) })
    const points = series.of('mqtt_in')
    expect([points.length, points[0], points.at(-1)]).toEqual([360, 41, 1000])
  })

  test('sums several, aligned at their newest', () => {
    const series = new Series()
    series.load({ step_s: 10, series: { mqtt_in: [1, 2, 3], link_in: [10] } })
    expect(series.of('mqtt_in', 'link_in')).toEqual([1, 2, 13])
  })

  test('a coarser history is stretched', () => {
    const series = new Series()
    series.load({ step_s: 30, series: { mqtt_in: [1, 2] } })
    expect(series.of('mqtt_in')).toEqual([1, 1, 1, 2, 2, 2])
  })
})

test('Recent is the mean of the last seconds', () => {
  const recent = new Recent(2)
  expect([rates(2), rates(4), rates(0)].map((r) => recent.add(r).mqtt_in)).toEqual([2, 3, 2])
})
