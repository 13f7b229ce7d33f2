// A few lines in place of a framework.

/** The element with this id. */
export const $ = (id) => document.getElementById(id)

/** Makes an element: h('li', { class: 'row', onclick: f }, 'text', child). false and null leave an attribute or child out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.filter((c) => c !== null && c !== false))
  return element
}

/** Makes an SVG element with attributes. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** Sets text only when it differs, so that screen readers and selections are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Lets a value that just changed fade in. */
export function fadeIn(element) {
  if (!calm()) element.animate([{ opacity: 0.15 }, { opacity: 1 }], { duration: 300, easing: 'ease-out' })
}
