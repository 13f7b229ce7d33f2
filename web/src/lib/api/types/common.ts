// Words that several parts of the API share.

export type Code = 'denied' | 'invalid' | 'too_large' | 'rate_limited' | 'offline' | 'timeout' | 'unavailable'

export type Role = 'admin' | 'operator' | 'viewer' | 'client' | 'device'
export type UserRole = 'admin' | 'operator' | 'viewer'

export interface Items<T> {
  items: T[]
}
