// What the rig's modules do not have, and a whole board does: the flash's bytes, and pins that somebody looks at.
import crypto from 'node:crypto'
import fs from 'node:fs'

const MAX = 1024 * 1024 // what the chip's memory shows of the flash
const COLORS = { 100: 'red', '010': 'green', '001': 'blue', 111: 'white', '000': 'off' }
const LAMP = [14, 12, 13]

/** Functions of the module _rig; flash is a file with the flash's bytes, size what is told of it instead of the file's. */
export function chip(flash, size) {
  const pins = new Map()
  let color
  let soon
  const tell = (line) => {
    try {
      fs.writeSync(3, line + '\n')
    } catch {
      // nobody listens
    }
  }
  // An example's lamp is three pins that are set one by one: its color is what they show when Python waits again.
  const look = () => {
    soon = null
    const now = COLORS[LAMP.map((n) => pins.get(n) ?? 0).join('')] ?? 'mixed'
    if (now !== (color ?? 'off')) tell(`lamp ${(color = now)}`)
  }
  return {
    pin: (n, level) => {
      if (pins.get(n) !== level) tell(`pin ${n} ${level}`)
      pins.set(n, level)
      if (LAMP.includes(n)) soon ??= setTimeout(look)
      return 0
    },
    check_fw: () => {
      const data = fs.readFileSync(flash)
      const size = data.readUInt32LE(0x8ffc)
      if (size > MAX || size + 16 > data.length) return `${size}  0`
      const sum = crypto.createHash('md5').update(data.subarray(4, size)).digest('hex')
      return `${size} ${sum} ${data.subarray(size, size + 16).toString('hex') === sum ? 1 : 0}`
    },
    flash_size: () => Number(size ?? fs.statSync(flash).size),
  }
}
