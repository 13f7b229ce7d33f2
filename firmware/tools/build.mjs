// Compile the library to .mpy and make the bundle that the gateway embeds and sends to boards.
//
//   dist/mpy/lib/...    what a board gets
//   dist/mpy/examples/  the examples, each as it is to be as app.mpy
//   dist/bundle.json    {version, files: [{name, size, sha256}]}, the names as on the board, and dist/mpy holds their bytes
//
// Bytecode version 6, without native code: it runs on every port since MicroPython 1.19.
import crypto from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { join } from './join.mjs'
import { shorten } from './shorten.mjs'

const root = path.resolve(import.meta.dirname, '..')
const out = path.join(root, 'dist')
const AIM = 14 * 1024 // bytes of flash for the library
const LIMITS = { agent: 20 * 1024, optional: 5 * 1024 } // what it may not exceed as long as the aim is not met
const OPTIONAL = /client\.mpy$|polling\.mpy$/ // what a sketch of today does without

process.setMaxListeners(0) // the compiler adds its own
globalThis.fetch = undefined // the compiler's loader would fetch its own file over HTTP
const { compile } = createRequire(import.meta.url)('@pybricks/mpy-cross-v6')

/** All .py files below dir, as paths relative to it. */
export function sources(dir, below = '') {
  return fs
    .readdirSync(path.join(dir, below), { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? sources(dir, path.join(below, entry.name))
        : entry.name.endsWith('.py')
          ? [path.join(below, entry.name)]
          : [],
    )
    .sort()
}

async function compileTo(text, target, name) {
  const result = await compile(name + '.py', text, ['-O3', '-s', name])
  if (result.status) throw new Error(`${name}: ${result.err.join('\n')}${result.out.join('\n')}`)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.writeFileSync(target, result.mpy)
  return Buffer.from(result.mpy)
}

async function build() {
  fs.rmSync(path.join(out, 'mpy'), { recursive: true, force: true })
  const library = sources(path.join(root, 'lib')).map((name) => [
    name,
    fs.readFileSync(path.join(root, 'lib', name), 'utf8'),
  ])
  const short = shorten(join(new Map(library)))
  const files = []
  for (const [name, text] of short.files) {
    const compiled = path.join('lib', name.replace(/py$/, 'mpy'))
    // A traceback shows this name; it is the module's own, which is there anyway.
    const data = await compileTo(
      text,
      path.join(out, 'mpy', compiled),
      path.basename(name, '.py').replace('__init__', path.dirname(name)),
    )
    files.push({ name: compiled, size: data.length, sha256: crypto.createHash('sha256').update(data).digest('hex') })
  }
  for (const name of sources(path.join(root, 'examples'))) {
    const text = fs.readFileSync(path.join(root, 'examples', name), 'utf8')
    await compileTo(text, path.join(out, 'mpy', 'examples', name.replace(/py$/, 'mpy')), 'app')
  }
  const version = crypto.createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12)
  fs.writeFileSync(path.join(out, 'bundle.json'), JSON.stringify({ version, files }, null, 2) + '\n')
  fs.writeFileSync(path.join(out, 'names.json'), JSON.stringify(short.names, null, 2) + '\n') // to read tracebacks by
  return files
}

const files = await build()
for (const [part, limit] of Object.entries(LIMITS)) {
  const own = files.filter((f) => OPTIONAL.test(f.name) === (part === 'optional'))
  const total = own.reduce((sum, f) => sum + f.size, 0)
  for (const f of own) console.log(String(f.size).padStart(6), f.name)
  console.log(String(total).padStart(6), `bytes of flash, ${part}; the limit is ${limit}, the aim for both ${AIM}`)
  if (total > limit) process.exitCode = 1
}
