// Colours, keys and the navigation of small screens.
import { $, svg } from './dom.js'

const order = ['system', 'light', 'dark']
const words = { system: 'as the system', light: 'light', dark: 'dark' }
const icons = {
  system: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  light: 'M12 7a5 5 0 1 0 .01 0zM12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M20 4l-2 2M6 18l-2 2',
  dark: 'M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z',
}

/** The button that goes round system, light, dark. */
export function setUpTheme() {
  const button = $('theme')
  let current = document.documentElement.dataset.theme ?? 'system'
  const show = () => {
    const attributes = { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }
    const path = svg('path', { d: icons[current], 'stroke-linecap': 'round', 'stroke-linejoin': 'round' })
    button.replaceChildren(svg('svg', { ...attributes, 'aria-hidden': 'true' }, path))
    button.title = `Colours: ${words[current]}`
    button.setAttribute('aria-label', button.title)
  }
  button.addEventListener('click', () => {
    current = order[(order.indexOf(current) + 1) % order.length]
    if (current === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = current
    try {
      localStorage.setItem('theme', current)
    } catch {
      // Then it lasts until the page is closed.
    }
    show()
  })
  show()
}

const isTyping = (target) => target.closest('input:not([type=radio], [type=checkbox]), textarea') !== null

/** One-letter keys, when nobody is typing. */
export function setUpKeys({ pause, clearFilter }) {
  const help = () => $('help').showModal()
  const focus = (id) => () => {
    $(id).focus()
    $(id).select()
  }
  const keys = { '/': focus('filter'), p: pause, n: focus('pub-topic'), '?': help }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && event.target.id === 'filter') clearFilter()
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $('help').open) return
    const action = keys[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })
  $('keys').addEventListener('click', help)
}

/** Marks the section in view in the navigation at the bottom. */
export function setUpNavigation() {
  const links = [...document.querySelectorAll('.bottom a')]
  const mark = (id) => links.forEach((a) => a.setAttribute('aria-current', String(a.hash === `#${id}`)))
  const seen = new IntersectionObserver(
    (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => mark(e.target.id)),
    { rootMargin: '-20% 0px -70% 0px' },
  )
  links.forEach((a) => seen.observe($(a.hash.slice(1))))
}
