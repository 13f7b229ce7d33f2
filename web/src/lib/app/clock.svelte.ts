import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

/** Date.now(), read anew once a second by whatever shows it. */
export function now(): number {
  subscribe()
  return Date.now()
}
