import { expect, test } from 'vitest'
import { plural } from './compare'

test.each([
  ['value.changed', 3, 'values change'],
  ['mapping.removed', 1, 'mapping goes away'],
  ['user.added', 2, 'users come back'],
  ['values', 1, 'values'],
])('%s of %i', (what, n, want) => expect(plural(what, n)).toBe(want))
