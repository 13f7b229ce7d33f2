// A way between a board and a gateway that can be cut without a word, as a radio does.
import net from 'node:net'

/**
 * Listens and hands everything on to port. silence() stops the bytes of all connections there are, both ways, and closes none;
 * cut() ends all, and lets nobody in until mend().
 */
export async function proxy(t, port) {
  const pairs = new Set()
  let accepted = 0
  let whole = true
  const server = net.createServer((near) => {
    if (!whole) return near.destroy()
    accepted++
    const far = net.connect(port, '127.0.0.1')
    pairs.add([near, far])
    near.pipe(far)
    far.pipe(near)
    for (const end of [near, far]) end.on('error', () => {})
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const [near, far] of pairs) (near.destroy(), far.destroy())
  })
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: () => ((whole = false), pairs.forEach(([near]) => near.destroy())),
    mend: () => (whole = true),
    accepted: () => accepted,
    silence: () => pairs.forEach(([near, far]) => (near.unpipe(far), far.unpipe(near), near.pause(), far.pause())),
  }
}
