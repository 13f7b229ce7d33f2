import { expect, test } from 'vitest'
import { etaOf, LineSplitter, percentOf, phasesOf } from './progress'

test('each kind has its phases', () => {
  expect(phasesOf('files').map((p) => p.name)).toEqual(['connect', 'verify', 'files', 'restart', 'online'])
  expect(phasesOf('flash').map((p) => p.name)).not.toContain('erase')
  expect(phasesOf('erase').map((p) => p.name)).toContain('erase')
})

test('the bar goes from nothing to all, never back', () => {
  const phases = phasesOf('erase')
  const seen = [percentOf(phases)]
  for (const phase of phases) {
    Object.assign(phase, { state: 'running', total: 4 })
    for (phase.done = 0; phase.done < 4; phase.done++) seen.push(percentOf(phases))
    phase.state = 'done'
    seen.push(percentOf(phases))
  }
  expect(seen[0]).toBe(0)
  expect(seen.at(-1)).toBe(100)
  expect([...seen].sort((a, b) => a - b)).toEqual(seen)
})

test('what is left goes by the rate of what runs', () => {
  const phases = phasesOf('flash')
  const write = phases.find((p) => p.name === 'write')!
  Object.assign(write, { state: 'running', done: 100_000, total: 600_000 })
  expect(etaOf(phases, 5_000) - etaOf(phases, 50_000)).toBe(90)
})

test('lines come whole, and noise does not come', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  splitter.add('\x00\x9c\xff\x12\x01\xfe\x80\r\nwifi: ho')
  splitter.add('me\r\nTemp\xc3\xa9rature\r\n\r\nhalf')
  expect(lines).toEqual(['wifi: home', 'Température'])
})
