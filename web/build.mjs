// Builds the page into dist/: Vite's output, the socket.io client for others' pages, the licences, a .gz beside whatever
// compresses. Fails when what a browser loads first has grown above the budget.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { licenses, shipped } from './licenses.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const out = join(root, '.build')
const dist = join(root, 'dist')
const modules = join(root, 'node_modules')
const clients = ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js']
const compressible = new Set(['.html', '.css', '.js', '.map', '.svg', '.json', '.txt'])
const budget = 150 * 1024 // bytes, gzipped, without fonts

function addClients() {
  for (const name of clients.flatMap((c) => [c, `${c}.map`])) {
    cpSync(join(modules, 'socket.io-client/dist', name), join(out, 'socket.io', name))
  }
}

function compress() {
  for (const name of readdirSync(out, { recursive: true })) {
    const file = join(out, name)
    if (!compressible.has(extname(name)) || !statSync(file).isFile()) continue
    const plain = readFileSync(file)
    const packed = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION })
    if (packed.length < plain.length * 0.9) writeFileSync(`${file}.gz`, packed)
  }
}

/** Everything that the first screen needs: the page, its scripts with what they import at once, and its sheets. */
function firstLoad() {
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  const files = new Set(['index.html', 'theme.js', 'favicon.svg'])
  const visit = (key) => {
    const chunk = manifest[key]
    if (files.has(chunk.file)) return
    files.add(chunk.file)
    for (const sheet of chunk.css ?? []) files.add(sheet)
    for (const next of chunk.imports ?? []) visit(next)
  }
  visit('index.html')
  return [...files]
}

function checkBudget() {
  const size = (name) => gzipSync(readFileSync(join(out, name)), { level: 9 }).length
  const total = firstLoad().reduce((sum, name) => sum + size(name), 0)
  const words = `first load ${(total / 1024).toFixed(1)} KB gzipped, of ${budget / 1024}`
  if (total > budget) throw new Error(`${words}: load something later`)
  console.log(words)
}

/** The folder is changed in one go at the end, so that a program compiled meanwhile never gets half a page. */
function publish() {
  mkdirSync(dist, { recursive: true })
  for (const name of readdirSync(dist)) {
    if (name !== '.keep') rmSync(join(dist, name), { recursive: true })
  }
  cpSync(out, dist, { recursive: true })
}

const packages = new Set(['@fontsource-variable/inter', 'socket.io-client', 'debug', 'ms'])
await build({ configFile: join(root, 'vite.config.js'), logLevel: 'warn', plugins: [shipped(packages)] })
addClients()
writeFileSync(join(out, 'licenses.json'), JSON.stringify(licenses(root, packages)))
checkBudget()
rmSync(join(out, 'manifest.json'))
compress()
publish()
