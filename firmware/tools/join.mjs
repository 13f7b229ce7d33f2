// Joins modules that are always loaded together: a module costs a board some 400 bytes beside what is in it.
import path from 'node:path'

/** module that remains -> what it takes in, in order, before its own text. */
const JOINED = {
  'usocketio/__init__.py': ['uwebsockets/lazy.py', 'uwebsockets/raw.py', 'usocketio/packet.py', 'usocketio/aclient.py'],
  'node/__init__.py': ['node/core.py'],
}

/** Join a library: files is a map from path to text; return the map without those that were taken in. */
export function join(files) {
  const moved = new Map(
    Object.entries(JOINED).flatMap(([whole, parts]) => parts.map((part) => [modulename(part), modulename(whole)])),
  )
  const result = new Map([...files].map(([file, text]) => [file, absolute(file, text, moved)]))
  for (const [whole, parts] of Object.entries(JOINED)) {
    const own = new RegExp(`^ *from ${modulename(whole)} import .*\n`, 'gm')
    result.set(
      whole,
      [...parts, whole]
        .map((part) => result.get(part))
        .join('\n')
        .replace(own, ''),
    )
    for (const part of parts) result.delete(part)
  }
  return result
}

const modulename = (file) => file.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.')

// `from .x import y` names its package, and those who import from a module that moved find it where it is now.
function absolute(file, text, moved) {
  const inPackage = path.dirname(file).replaceAll('/', '.')
  return text
    .replace(/^( *from )\.(\w+ import )/gm, (_, from, rest) => `${from}${inPackage}.${rest}`)
    .replace(/^( *from )([\w.]+)( import )/gm, (_, from, name, rest) => from + (moved.get(name) ?? name) + rest)
}
