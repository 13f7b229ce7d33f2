// Finds what MicroPython on this machine has and the chip lacks, in everything that boards run.
import fs from 'node:fs'
import path from 'node:path'

const LACKS = [
  [/\.r?partition\(/, 'str.partition and str.rpartition: use find and slices'],
  [/\.splitlines\(/, 'str.splitlines: use split("\\n")'],
  [/(?<![.\w])(compile|frozenset)\(/, 'this built-in'],
  [/\bmd5\b/, 'hashlib.md5'],
  [/@micropython\.(native|viper|asm_thumb)|@(native|viper)\b/, 'native code in .mpy files'],
  [/(?<![.\w])print\([^)]*flush=/, 'print(flush=)'],
  [/:=/, 'assignment expressions: a build may leave them out'],
  [/\bf(["'])(?:(?!\1).)*\{[^}]*\1/, 'f-strings with quotes inside'],
]
const root = path.resolve(import.meta.dirname, '..')
const faults = []

for (const top of ['main.py', 'lib', 'examples']) {
  const files = top.endsWith('.py')
    ? ['']
    : fs.readdirSync(path.join(root, top), { recursive: true }).filter((f) => f.endsWith('.py'))
  for (const file of files) {
    const name = path.join(top, file)
    for (const [i, line] of fs.readFileSync(path.join(root, name), 'utf8').split('\n').entries()) {
      const code = line.replace(/#.*$/, '')
      for (const [pattern, what] of LACKS)
        if (pattern.test(code)) faults.push(`firmware/${name}:${i + 1}: the chip lacks ${what}`)
    }
  }
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length ? 1 : 0
