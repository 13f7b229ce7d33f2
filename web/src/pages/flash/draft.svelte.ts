import type { FlashJob } from '$lib/api'
import { blank, formOf, type Form } from './form'
import type { SerialPort } from './usb/serial'

/** What was filled in, for as long as the page is open: who comes back from a job finds it. */
class Draft {
  form = $state<Form>({ ...blank })
  /** Somebody has typed a network, so that the one that is kept does not take its place. */
  touched = $state(false)
  /** The port of the gateway's machine. */
  port = $state('')
  /** The port of this computer. */
  own = $state.raw<SerialPort>()

  /** A board has begun: the next one gets another name, and is not erased for this one's sake. */
  begun(): void {
    this.form = { ...this.form, name: '', id: '', kind: 'flash' }
  }

  /** A job that failed is to be tried again with something changed. */
  correct(job: FlashJob): void {
    this.form = { ...this.form, ...formOf(job) }
    this.touched = true
    if (job.port.startsWith('/')) this.port = job.port
  }
}

export const draft = new Draft()
