import { api, type Items, type Link, type LinkState } from '$lib/api'
import { live, Resource } from '$lib/app'
import type { Tone } from '$lib/ui'

export const newLinks = () => new Resource<Items<Link>>((signal) => api.get('/links', { signal }))

/** A link with the newest figures that came over the live connection. */
export function fresh(link: Link): Link {
  return { ...link, ...live.stats?.queues?.links?.[link.name] }
}

export const tones: Record<LinkState, Tone> = { up: 'good', connecting: 'wait', down: 'bad', off: 'off' }

export const words: Record<LinkState, string> = { up: 'up', connecting: 'connecting', down: 'down', off: 'off' }
