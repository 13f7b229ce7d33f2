import type { TokenKind, UserRole } from '$lib/api'

export const roles: { value: UserRole; label: string; text: string }[] = [
  { value: 'viewer', label: 'Viewer', text: 'Sees everything but secrets, users and tokens; changes nothing.' },
  { value: 'operator', label: 'Operator', text: 'Also publishes and edits mappings.' },
  { value: 'admin', label: 'Admin', text: 'Everything: users, tokens, links, settings, backups.' },
]

export const kinds: { value: TokenKind; label: string; text: string }[] = [
  {
    value: 'client',
    label: 'Client',
    text: 'For anything that speaks MQTT, socket.io or HTTP: it reads and writes the topics below.',
  },
  {
    value: 'device',
    label: 'Board',
    text: 'For one board of your own: it has its topics below devices/ and nothing else.',
  },
  {
    value: 'api',
    label: 'Program',
    text: 'For a program that manages the gateway over REST, with a role like a user’s.',
  },
]
