import type { IconName } from '$lib/ui'

/** The places of the navigation, in order. */
export const places: { path: string; label: string; icon: IconName }[] = [
  { path: '/', label: 'Overview', icon: 'overview' },
  { path: '/traffic', label: 'Traffic', icon: 'traffic' },
  { path: '/mappings', label: 'Mappings', icon: 'mappings' },
  { path: '/links', label: 'Links', icon: 'links' },
  { path: '/devices', label: 'Devices', icon: 'devices' },
  { path: '/flash', label: 'Flash', icon: 'flash' },
  { path: '/settings', label: 'Settings', icon: 'settings' },
]
