// Lines with a button that copies them.
import { h, setText } from './dom.js'

/** A block with text in monospace and its copy button. */
export function copyBlock(text) {
  const pre = h('pre', { tabindex: '0' }, text)
  const button = h('button', { type: 'button' }, 'Copy')
  button.addEventListener('click', async () => {
    setText(button, (await copy(text, pre)) ? 'Copied' : 'Select it')
    setTimeout(() => setText(button, 'Copy'), 1500)
  })
  return h('div', { class: 'copy' }, button, pre)
}

/** The clipboard API exists only on https and localhost; elsewhere the old way still works. */
async function copy(text, pre) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    getSelection().selectAllChildren(pre)
    return document.execCommand('copy')
  }
}
