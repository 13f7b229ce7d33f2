// Places in the page, as they stand behind the # of the address.

export interface Place {
  /** With a leading slash and none behind: "/mappings/kitchen". */
  path: string
  query: URLSearchParams
}

/** Reads what is behind the #. */
export function parsePlace(hash: string): Place {
  const [path, query = ''] = splitOnce(hash.replace(/^#/, ''), '?')
  const clean = `/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
  return { path: clean, query: new URLSearchParams(query) }
}

/** The address of a place in the page, for href. Parts of the path are to be escaped with `seg`. */
export function href(path: string, query: Record<string, string | undefined> = {}): string {
  const params = new URLSearchParams(Object.entries(query).filter((e): e is [string, string] => !!e[1]))
  const text = params.toString()
  return `#${path}${text ? `?${text}` : ''}`
}

/** One part of a path, escaped. */
export const seg = (text: string) => encodeURIComponent(text)

/** The parts of path that stand for the {names} of pattern, or null: match("/mappings/{id}", "/mappings/a") is {id: "a"}. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/')
  const have = path.split('/')
  if (want.length !== have.length) return null
  const out: Record<string, string> = {}
  for (const [i, part] of want.entries()) {
    const name = /^\{(.+)\}$/.exec(part)?.[1]
    if (name && have[i]) out[name] = decode(have[i])
    else if (part !== have[i]) return null
  }
  return out
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
