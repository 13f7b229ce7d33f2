import type { Component } from 'svelte'
import Overview from '../../pages/overview/OverviewPage.svelte'

type Loader = () => Promise<{ default: Component }>

/** What is shown below which path. All but the first page loads when somebody goes there. */
export const routes: { path: string; load: Loader }[] = [
  { path: '/traffic', load: () => import('../../pages/traffic/TrafficPage.svelte') },
  { path: '/mappings', load: () => import('../../pages/mappings/MappingsPage.svelte') },
  { path: '/links', load: () => import('../../pages/links/LinksPage.svelte') },
  { path: '/devices', load: () => import('../../pages/devices/DevicesPage.svelte') },
  { path: '/flash', load: () => import('../../pages/flash/FlashPage.svelte') },
  { path: '/settings', load: () => import('../../pages/settings/SettingsPage.svelte') },
]

export const first: Component = Overview

/** The route of a path; undefined for the first page and for places that do not exist. */
export function routeOf(path: string) {
  return routes.find((route) => path === route.path || path.startsWith(`${route.path}/`))
}
