// The licences of everything from npm that ends up in the page: the dependencies, and theirs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns [{name, version, license, text}], by name. root: the folder of package.json. What only builds the page is left out. */
export function licenses(root) {
  const seen = new Map()
  const visit = (name) => {
    const folder = join(root, 'node_modules', name)
    if (seen.has(name) || !existsSync(folder)) return
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    seen.set(name, { name, version: about.version, license: about.license ?? 'see text', text: text(folder) })
    Object.keys(about.dependencies ?? {}).forEach(visit)
  }
  const page = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  Object.keys(page.dependencies).forEach(visit)
  return [...seen.values()].sort((a, b) => a.name.localeCompare(b.name))
}

function text(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  return file ? readFileSync(join(folder, file), 'utf8') : ''
}
