// Who is logged in. The gateway decides what is allowed; this only keeps the page from offering what would be refused.
import { api, Problem, type Permission, type Session, type Setup } from '$lib/api'

export type Phase = 'loading' | 'unreachable' | 'setup' | 'login' | 'in'

class SessionStore {
  phase = $state<Phase>('loading')
  now = $state<Session>({ authenticated: false, claimed: false })
  /** Name, version, addresses: what anybody may know. */
  setup = $state<Setup | null>(null)
  /** Set when the session ended without the user's doing. */
  ended = $state(false)
  error = $state('')
  /** While the first run's steps after the claim are being walked through. */
  walking = $state(false)

  constructor() {
    api.onUnauthorized(() => this.lost())
  }

  can(what: Permission): boolean {
    return this.now.can?.includes(what) ?? false
  }

  get admin(): boolean {
    return this.now.user?.role === 'admin'
  }

  /** Asks the gateway where things stand. */
  async load(): Promise<void> {
    try {
      const [setup, session] = await Promise.all([api.get<Setup>('/setup'), api.get<Session>('/session')])
      this.setup = setup
      this.#take(session)
    } catch (error) {
      if (this.phase === 'loading' || this.phase === 'unreachable') this.phase = 'unreachable'
      this.error = error instanceof Problem ? error.message : String(error)
    }
  }

  #take(session: Session): void {
    this.now = session
    if (session.user) this.ended = false
    else if (this.phase === 'in') this.ended = true
    this.phase = session.user ? 'in' : session.claimed ? 'login' : 'setup'
  }

  async login(username: string, password: string): Promise<void> {
    this.#take(await api.post<Session>('/session', { username, password }))
  }

  async claim(request: { code: string; username: string; password: string }): Promise<void> {
    const session = await api.post<Session>('/setup/claim', request)
    this.walking = true
    this.#take(session)
  }

  async logout(): Promise<void> {
    await api.delete('/session').catch((error) => {
      if (!(error instanceof Problem && error.status === 401)) throw error
    })
    this.now = { authenticated: false, claimed: true }
    this.phase = 'login'
  }

  /** The gateway no longer knows this session: back to the login, at the same place. */
  lost(): void {
    if (this.phase !== 'in') return
    this.ended = true
    this.now = { authenticated: false, claimed: true }
    this.phase = 'login'
  }
}

export const session = new SessionStore()
