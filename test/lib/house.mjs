// A claimed gateway and a browser for all tests of a file, and pages that are logged in.
import { before } from 'node:test'
import { sharedBrowser } from './browser.mjs'
import { sharedGateway } from './gateway.mjs'
import { claim } from './people.mjs'
import { until } from './wait.mjs'

/** config and options as of sharedGateway. The owner is there inside tests only. */
export function sharedHouse(config, options) {
  const gateway = sharedGateway(config, options)
  const browser = sharedBrowser()
  const house = {
    gateway,
    browser,
    owner: undefined,

    /**
     * Opens the page at a place ("/mappings?q=x"), as the owner or as somebody else; `as: null` is nobody. The other options are
     * those of a browser context.
     */
    open(t, place = '/', { as = house.owner, ...context } = {}) {
      return browser.open(t, placeOf(gateway, place), { ...context, cookie: as?.cookie })
    },

    /** Makes a mapping over REST and resolves with it. It goes with the test. */
    async mapping(t, rule, enabled = true) {
      const made = await house.owner.post('mappings', { rule, enabled }, { expect: 201 })
      t.after(async () => {
        const { items } = await house.owner.get('mappings')
        const left = items.find((m) => m.id === made.id)
        if (left) await house.owner.delete(`mappings/${made.id}`, { revision: left.revision })
      })
      return made
    },
  }
  before(async () => {
    await until(() => gateway.url, 'the gateway to start') // the hooks of a file do not wait for each other
    house.owner = await claim(gateway)
  })
  return house
}

/** The address of a place in the page. */
export function placeOf(gateway, place) {
  return `${gateway.url.replace(/\/$/, '')}/#${place}`
}
