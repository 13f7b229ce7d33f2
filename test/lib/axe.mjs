// What is out of reach for keyboard, screen reader or weak eyes, by axe-core. Pages need {bypassCSP: true}: it is put into them from
// outside, which their own policy would not let in.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** The script, for page.addInitScript and page.evaluate. */
export const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What it finds at serious and above, in words. */
export async function serious(page) {
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' '))}`)
}
