import { expect, test } from 'vitest'
import type { FlashJob } from '$lib/api'
import { blank, formOf, idOf, kitOf, listed, missing, type Form } from './form'

const full: Form = { ...blank, name: ' Alert lamp ', template: 'lamp', ssid: 'home', password: 'secret' }
const image = { present: true, fetch: { page: '', automatic: false } }

test('what was left empty is not sent', () => {
  expect(kitOf(full)).toEqual({
    name: 'Alert lamp',
    template: 'lamp',
    wifi: { ssid: 'home', password: 'secret', keep: false },
  })
})

test('the password that is kept is asked for by sending none', () => {
  const kept = { ssid: 'home', kept: true }
  expect(kitOf({ ...full, password: '' }, kept).wifi).toEqual({ ssid: 'home', keep: true })
  expect(kitOf({ ...full, password: 'new' }, kept).wifi.password).toBe('new')
  expect(kitOf({ ...full, password: '', ssid: 'open' }, kept).wifi).toEqual({ ssid: 'open', password: '', keep: false })
})

test('what is missing is named', () => {
  expect(missing(full, image, 'ttyUSB0')).toEqual([])
  expect(listed(missing(blank, undefined, ''))).toBe(
    'a port, a MicroPython image, a name, what it becomes and its Wi-Fi',
  )
  expect(missing({ ...full, kind: 'files' }, undefined, 'ttyUSB0')).toEqual([])
})

test.each([
  [{ name: 'Tür zum Dach 2' }, 'tuer-zum-dach-2'],
  [{ name: 'Lamp', id: 'l1' }, 'l1'],
  [{ name: ' – ' }, ''],
])('the id of %j', (typed, want) => {
  expect(idOf({ ...blank, ...typed })).toBe(want)
})

test('who corrects the Wi-Fi means the same board, and does not write MicroPython again', () => {
  const job = { name: 'Lamp', template: 'lamp', ssid: 'hme', board: 'lamp-2', kind: 'flash' } as FlashJob
  const wifi = { ...job, error: { code: 'unavailable', reason: 'wifi', detail: '' } } as FlashJob
  expect(formOf(wifi)).toEqual({ name: 'Lamp', template: 'lamp', ssid: 'hme', id: 'lamp-2', kind: 'files' })
  expect(formOf(job).kind).toBe('flash')
})
