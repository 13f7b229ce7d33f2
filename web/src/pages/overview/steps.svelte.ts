// The list of what to do after the first run: each step finds out by itself whether it is done.
import { api, type Items, type MappingList, type Token } from '$lib/api'
import { live, Resource, session } from '$lib/app'

const hiddenKey = 'steps-hidden'
const backedUpKey = 'backed-up'

interface Step {
  id: string
  title: string
  text: string
  path: string
  done: boolean
}

const stored = (key: string) => {
  try {
    return localStorage.getItem(key) === 'yes'
  } catch {
    return false
  }
}

const store = (key: string) => {
  try {
    localStorage.setItem(key, 'yes')
  } catch {
    // for this page only
  }
}

class Steps {
  #hidden = $state(stored(hiddenKey))
  #backedUp = $state(stored(backedUpKey))
  #tokens = new Resource<Items<Token>>((signal) => api.get('/tokens', { signal }))
  #mappings = new Resource<MappingList>((signal) => api.get('/mappings', { signal }))

  follow(): () => void {
    if (!session.admin || this.#hidden) return () => undefined
    const ends = [this.#tokens.follow(['tokens']), this.#mappings.follow(['mappings'])]
    return () => ends.forEach((end) => end())
  }

  get items(): Step[] {
    const tokens = this.#tokens.data?.items ?? []
    const clients = tokens.filter((token) => token.kind !== 'api')
    return [
      {
        id: 'token',
        title: 'Make a user and password for a device',
        text: 'Each device gets its own, so that one can be taken back without the others.',
        path: '/settings/tokens',
        done: clients.length > 0,
      },
      {
        id: 'message',
        title: 'Send a first message of your own',
        text: 'The lines below are ready to be copied; Traffic shows what arrives.',
        path: '/traffic',
        done: clients.some((token) => token.last_used_at),
      },
      {
        id: 'mapping',
        title: 'Make a first mapping',
        text: 'Pick a topic that arrives, say what browsers shall get, and see it before it is on.',
        path: '/mappings/new',
        done: this.#mappings.data?.items.some((mapping) => mapping.origin === 'ui') ?? false,
      },
      {
        id: 'backup',
        title: 'Keep a backup somewhere else',
        text: 'Everything that was set up here, in one file.',
        path: '/settings/backup',
        done: this.#backedUp,
      },
    ]
  }

  get shown(): boolean {
    const known = this.#tokens.data !== undefined && this.#mappings.data !== undefined
    return session.admin && !this.#hidden && known && live.state !== 'off' && this.items.some((step) => !step.done)
  }

  hide(): void {
    this.#hidden = true
    store(hiddenKey)
  }

  backedUp(): void {
    this.#backedUp = true
    store(backedUpKey)
  }
}

export const steps = new Steps()
