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
    this.#load(dir, place, false)
  }

  #load(from, to, ours = true) {
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const source = path.join(from, entry.name)
      const target = `${to}/${entry.name}`
      if (entry.isDirectory()) {
        try {
          this.#fs.mkdir(target)
        } catch {
          // it is there: /lib is
        }
        if (ours) this.#seen.set(target, 'folder')
        this.#load(source, target, ours)
      } else {
        const data = fs.readFileSync(source)
        this.#fs.writeFile(target, data)
        if (ours) this.#seen.set(target, digest(data))
      }
    }
  }

  /** Copy back what has changed since the last time. */
  save() {
    if (!this.#dir) return
    const there = new Map()
    this.#save('', this.#dir, there)
    for (const gone of this.#seen.keys()) {
      if (!there.has(gone)) fs.rmSync(path.join(this.#dir, gone), { force: true, recursive: true })
    }
    this.#seen = there
  }

  #save(from, to, there) {
    for (const name of this.#fs.readdir(from || '/')) {
      if (name === '.' || name === '..' || (!from && HIDDEN.has(name))) continue
      const source = `${from}/${name}`
      const target = path.join(to, name)
      if (this.#fs.isDir(this.#fs.stat(source).mode)) {
        there.set(source, 'folder')
        fs.mkdirSync(target, { recursive: true })
        this.#save(source, target, there)
      } else {
        const data = this.#fs.readFile(source)
        there.set(source, digest(data))
        if (this.#seen.get(source) !== there.get(source)) fs.writeFileSync(target, data)
      }
    }
  }
}

const digest = (data) => crypto.createHash('sha1').update(data).digest('hex')
