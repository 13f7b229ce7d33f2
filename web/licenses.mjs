// The licences of what of npm is in the page: the packages that the bundle took something from.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A Vite plugin that notes the packages that end up in the bundle, in names. */
export function shipped(names) {
  return {
    name: 'shipped',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.moduleIds ?? []) {
          const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))
          if (found) names.add(found[1])
        }
      }
    },
  }
}

/** Returns [{name, version, license, text}], by name. root: the folder of node_modules. */
export function licenses(root, names) {
  return [...names].sort().map((name) => {
    const folder = join(root, 'node_modules', name)
    const { version, license = 'see text' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name, version, license, text: text(folder) }
  })
}

function text(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  return file ? readFileSync(join(folder, file), 'utf8') : ''
}
