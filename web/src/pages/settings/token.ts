import type { TokenKind, TokenRequest, UserRole } from '$lib/api'

/** One filter per line or comma, as people write them. */
export function filtersOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((filter) => filter.trim())
    .filter(Boolean)
}

export interface TokenForm {
  name: string
  kind: TokenKind
  role: UserRole
  read: string
  write: string
  /** A duration, or '' for never. */
  expires: string
}

/** What the API takes of a filled-in form; a board's topics are its own, so none are sent. */
export function requestOf(form: TokenForm): TokenRequest {
  return {
    name: form.name.trim(),
    kind: form.kind,
    ...(form.kind === 'api' ? { role: form.role } : {}),
    ...(form.kind === 'client' ? { read: filtersOf(form.read), write: filtersOf(form.write) } : {}),
    ...(form.expires ? { expires_in: form.expires } : {}),
  }
}

export const lifetimes = [
  { value: '', label: 'Never' },
  { value: '24h', label: 'In a day' },
  { value: '720h', label: 'In 30 days' },
  { value: '8760h', label: 'In a year' },
]
