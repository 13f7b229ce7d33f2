// Who uses the gateway: the setup, sessions, users and tokens.

import type { Role, UserRole } from './common'

export interface Setup {
  claimed: boolean
  name: string
  time_zone: string
  version: string
  demo: boolean
  /** What listens where: http, https, mqtt, mqtt_websocket, mqtt_tls. */
  listen: Record<string, string>
  /** Another broker that answers on this machine. */
  found_broker?: string
}

export type Permission =
  'publish' | 'mappings.write' | 'links.write' | 'users.write' | 'tokens.write' | 'settings.write' | 'backup'

export interface Session {
  authenticated: boolean
  claimed: boolean
  user?: { id: string; username: string; role: UserRole }
  principal?: { kind: string; id: string; role: Role }
  can?: Permission[]
  expires_at?: string
}

export interface User {
  id: string
  username: string
  role: UserRole
  created_at: string
  last_login_at?: string
  revision: string
}

export interface LoginSession {
  id: string
  user_id: string
  username: string
  created_at: string
  last_seen_at: string
  expires_at: string
  address: string
  agent: string
  current: boolean
}

export type TokenKind = 'api' | 'client' | 'device'

export interface Token {
  id: string
  name: string
  kind: TokenKind
  role: Role
  read?: string[]
  write?: string[]
  expires_at?: string
  created_at: string
  created_by?: string
  last_used_at?: string
  last_used_from?: string
  revision: string
}

/** A token just made: the only time its secret is shown. */
export interface NewToken extends Token {
  secret: string
  token: string
  mqtt: { username: string; password: string }
}

export interface TokenRequest {
  name: string
  kind: TokenKind
  role?: Role
  read?: string[]
  write?: string[]
  /** A Go duration, such as "720h"; without it the token never expires. */
  expires_in?: string
}
