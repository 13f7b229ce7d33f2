// Copies the page, its font and the socket.io client into dist/, and writes a .gz beside whatever compresses.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'

const root = dirname(fileURLToPath(import.meta.url))
const dist = join(root, 'dist')
const modules = join(root, 'node_modules')
const clients = ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js']
const compressible = new Set(['.html', '.css', '.js', '.map', '.svg', '.json', '.txt'])

function empty() {
  mkdirSync(dist, { recursive: true })
  for (const name of readdirSync(dist)) {
    if (name !== '.keep') rmSync(join(dist, name), { recursive: true })
  }
}

function copy() {
  cpSync(join(root, 'src'), dist, { recursive: true })
  for (const name of clients.flatMap((c) => [c, `${c}.map`])) {
    cpSync(join(modules, 'socket.io-client/dist', name), join(dist, 'socket.io', name))
  }
  const inter = join(modules, '@fontsource-variable/inter')
  cpSync(join(inter, 'files/inter-latin-wght-normal.woff2'), join(dist, 'fonts/inter.woff2'))
  cpSync(join(inter, 'LICENSE'), join(dist, 'fonts/inter-license.txt'))
}

function compress() {
  for (const name of readdirSync(dist, { recursive: true })) {
    const file = join(dist, name)
    if (!compressible.has(extname(name)) || !statSync(file).isFile()) continue
    const plain = readFileSync(file)
    const packed = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION })
    if (packed.length < plain.length * 0.9) writeFileSync(`${file}.gz`, packed)
  }
}

empty()
copy()
compress()
