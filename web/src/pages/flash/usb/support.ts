// Whether this browser can flash a board that hangs at its own computer, and if not, why and what to do.

export interface Hindrance {
  why: string
  /** What to do. */
  remedy: string
  /** The same page where it would work. */
  href?: string
}

interface Surroundings {
  /** navigator.serial. */
  serial: boolean
  /** https, or localhost. */
  secure: boolean
  agent: string
  /** Where the gateway listens for https, as a URL; undefined when it does not. */
  https?: string
}

const phone = /Android|iPhone|iPad|Mobile/
const capable = /(Chrome|Chromium|HeadlessChrome|Edg|OPR)\//

/** What is in the way of Web Serial; undefined when nothing is. */
export function hindrance({ serial, secure, agent, https }: Surroundings): Hindrance | undefined {
  if (serial) return undefined
  if (phone.test(agent)) {
    return {
      why: 'No browser on a phone or tablet can reach a serial port.',
      remedy: 'Open this page on a computer, or plug the board into the Pi.',
    }
  }
  if (!capable.test(agent)) {
    return {
      why: 'This browser cannot reach serial ports.',
      remedy: 'Chrome, Edge and Opera can. Or plug the board into the Pi, which works with every browser.',
    }
  }
  if (!secure) return overHTTP(https)
  return {
    why: 'This browser does not let the page reach serial ports.',
    remedy: 'A setting or a policy has switched it off. Allow it, or plug the board into the Pi.',
  }
}

function overHTTP(https?: string): Hindrance {
  const why = 'Browsers let a page reach serial ports over https only, and this one came over http.'
  if (https) return { why, remedy: 'Open the page over https.', href: https }
  return { why, remedy: 'Switch https on in Settings, TLS, or plug the board into the Pi.' }
}
