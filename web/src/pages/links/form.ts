import type { LinkConfig, LinkTopic } from '$lib/api'

/** A link to be filled in: everything of the other broker comes in. */
export function blank(url = ''): LinkConfig {
  return { name: url ? 'broker' : '', url, topics: [{ filter: '#', direction: 'in', qos: 1 }] }
}

/** What the API takes: without what is empty, and without what it only tells. */
export function requestOf(config: LinkConfig, password: string | undefined) {
  const { password_set: _, ...rest } = config
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '' && value !== undefined))
  return {
    config: { ...(kept as unknown as LinkConfig), topics: config.topics.map(topicOf) },
    ...(password === undefined ? {} : { password }),
  }
}

function topicOf({ filter, direction, qos, local_prefix, remote_prefix }: LinkTopic): LinkTopic {
  return {
    filter: filter.trim(),
    direction,
    ...(qos ? { qos } : {}),
    ...(local_prefix ? { local_prefix } : {}),
    ...(remote_prefix ? { remote_prefix } : {}),
  }
}

/** What to say of an address before the gateway is asked. */
export function urlFault(url: string): string {
  if (!url) return ''
  if (!/^(mqtt|mqtts|ws|wss):\/\//.test(url)) return 'Starts with mqtt://, mqtts://, ws:// or wss://'
  if (/^[a-z]+:\/\/[^/]*@/.test(url)) return 'User and password have their own fields'
  return ''
}
