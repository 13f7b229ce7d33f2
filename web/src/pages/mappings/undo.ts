import { toasts } from '$lib/app'
import { mappings } from '$lib/mapping/service'
import type { MappingList, Undo } from '$lib/mapping/types'

/** Says that a change was made, with the way back. `after` gets the list as it then is. */
export function changed(text: string, answer: Partial<Undo> | undefined, after?: (list: MappingList) => void): void {
  const id = answer?.undo
  toasts.done(
    text,
    id
      ? async () => {
          const list = await mappings.undo(id)
          after?.(list)
        }
      : undefined,
  )
}
