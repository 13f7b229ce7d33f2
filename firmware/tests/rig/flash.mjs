// The board's file system: a folder of this machine, copied in before the boot and back at the end. What the board wrote stays
// for the next boot, as on flash.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const HIDDEN = new Set(['dev', 'proc', 'tmp', 'home', '_shim'])

export class Flash {
  #fs
  #dir
  #seen = new Map()

  /** fs: MicroPython's FS; dir: the folder, or nothing for an empty flash that is forgotten. */
  constructor(fs, dir) {
    this.#fs = fs
    this.#dir = dir
    if (dir) this.#load(dir, '')
  }

  /** Copy dir to a place that is not part of the flash. */
  mount(dir, place) {
    this.#fs.mkdir(place)
    this.#load(dir, place)
  }

  #load(from, to) {
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const source = path.join(from, entry.name)
      const target = `${to}/${entry.name}`
      if (entry.isDirectory()) {
        try {
          this.#fs.mkdir(target)
        } catch {
          // it is there: /lib is
        }
        this.#load(source, target)
      } else {
        const data = fs.readFileSync(source)
        this.#fs.writeFile(target, data)
        this.#seen.set(target, digest(data))
      }
    }
  }

  /** Copy back what has changed. */
  save() {
    if (!this.#dir) return
    this.#save('', this.#dir)
    for (const gone of this.#seen.keys())
      if (!gone.startsWith('/_shim')) fs.rmSync(path.join(this.#dir, gone), { force: true })
  }

  #save(from, to) {
    for (const name of this.#fs.readdir(from || '/')) {
      if (name === '.' || name === '..' || (!from && HIDDEN.has(name))) continue
      const source = `${from}/${name}`
      const target = path.join(to, name)
      if (this.#fs.isDir(this.#fs.stat(source).mode)) {
        fs.mkdirSync(target, { recursive: true })
        this.#save(source, target)
      } else {
        const data = this.#fs.readFile(source)
        if (this.#seen.get(source) !== digest(data)) fs.writeFileSync(target, data)
        this.#seen.delete(source)
      }
    }
  }
}

const digest = (data) => crypto.createHash('sha1').update(data).digest('hex')
