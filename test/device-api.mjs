// The API of boards, as an admin asks it.
import { bearer } from './acl-tokens.mjs'

const admins = new WeakMap()

/** Asks the API below /api/v1/boards/ for anything, whatever its revision is; resolves with [status, body]. */
export async function ask(gateway, method, path, body) {
  if (!admins.has(gateway)) admins.set(gateway, await bearer(gateway, 'admin'))
  const { status, body: answer } = await admins.get(gateway).ask(method, `boards/${path}`, body, { 'if-match': '*' })
  return [status, answer]
}

/** Uploads a bundle: entries are {name: bytes}; resolves with what the gateway says of it. */
export async function upload(gateway, entries, query = '') {
  const { token } = admins.get(gateway) ?? (await bearer(gateway, 'admin').then((a) => (admins.set(gateway, a), a)))
  const response = await fetch(gateway.at(`api/v1/bundles${query}`), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/zip' },
    body: zip(entries),
  })
  return [response.status, await response.json()]
}

/** A zip file without compression. */
export function zip(entries) {
  const parts = []
  const central = []
  let at = 0
  for (const [name, data] of Object.entries(entries)) {
    const bytes = Buffer.from(data)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt32LE(crc32(bytes), 10)
    head.writeUInt32LE(bytes.length, 14)
    head.writeUInt32LE(bytes.length, 18)
    head.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), bytes])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), head, tail, Buffer.from(name)]))
    parts.push(local)
    at += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(central.length, 4)
  end.writeUInt16LE(central.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06'), end])
}

function crc32(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
