// What a board says on its serial line while it starts, and what that means.
import { Trouble } from './trouble'

/** Reads the boot log for the Wi-Fi: a board tries again for ever, so that somebody has to say when it is in vain. */
export class WiFiWatch {
  #ssid: string
  #wrong = 0
  #missing = 0

  constructor(ssid: string) {
    this.#ssid = ssid
  }

  /** Takes a line; gives back what is wrong, once that is certain. */
  line(text: string): Trouble | undefined {
    if (text === 'wifi: wrong password' && ++this.#wrong >= 2) {
      return new Trouble(
        'wifi',
        `The board runs, but the Wi-Fi ${this.#ssid} does not take the password.`,
        'Correct it and put the files on the board again.',
      )
    }
    if (text === 'wifi: not found' && ++this.#missing >= 3) {
      return new Trouble(
        'wifi',
        `The board runs, but does not find the Wi-Fi ${this.#ssid}.`,
        'Correct the name, or bring the board nearer to the router.',
      )
    }
    return undefined
  }
}
