/** How long anything may take that should happen, in milliseconds. */
export const patience = 10_000

/** Resolves as the promise does, and rejects when that takes too long. */
export async function within(what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`in vain: ${what}`)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until ok() holds. */
export async function until(what, ok) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((done) => setTimeout(done, 5))) {
    if (ok()) return
  }
  throw new Error(`in vain: ${what}`)
}
