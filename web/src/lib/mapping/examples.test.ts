import { expect, it } from 'vitest'
import { exampleRows } from './examples'
import { dropText, placeText, valueText } from './words'

const example = {
  namespace: '/home/attic',
  event: 'lamp',
  argument: '"on"',
  topic: 'home/attic/lamp',
  payload: 'on',
  qos: 1,
  retain: false,
}

it('shows an event at the one side and what is published at the other', () => {
  const [row] = exampleRows([example])
  expect([row!.topic, row!.payload]).toEqual(['/home/attic lamp', '"on"'])
  expect([placeText(row!.new!), valueText(row!.new!.value, row!.new!.value_encoding)]).toEqual([
    'home/attic/lamp',
    'on',
  ])
})

it('says why nothing would be published', () => {
  const [row] = exampleRows([{ ...example, text: 'a value with / in it' }])
  expect(dropText(row!.new!)).toBe('refused: a value with / in it')
})
