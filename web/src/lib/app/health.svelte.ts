import { api, type Health } from '$lib/api'
import { Resource } from './resource.svelte'

/** Whether all is well, and if not, why and what to do. Followed by the frame, so that every page can show it. */
export const health = new Resource<Health>((signal) => api.get('/health', { signal }))
