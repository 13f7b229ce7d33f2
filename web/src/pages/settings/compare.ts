const kinds: Record<string, string> = { added: 'come back', removed: 'go away', changed: 'change' }
const kindsOfOne: Record<string, string> = { added: 'comes back', removed: 'goes away', changed: 'changes' }

/** "value.changed" of 3 is "values change". */
export function plural(what: string, n: number): string {
  const [noun, kind] = what.split('.')
  const things = n === 1 || noun === 'retained' ? noun : `${noun}s`
  const does = kind && (n === 1 ? kindsOfOne : kinds)[kind]
  return does ? `${things} ${does}` : things
}
