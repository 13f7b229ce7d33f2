// What of the traffic page is in the address: the filter, what is chosen, and what is shown of it.
import { router } from '$lib/app'

export type Side = 'message' | 'send' | 'why'

export const place = {
  /** The filter field. */
  get filter(): string {
    return router.query.get('q') ?? ''
  },
  /** Sequence number of the chosen message; 0 for none. */
  get message(): number {
    return Number(router.query.get('m')) || 0
  },
  /** The chosen topic, whose newest message is shown. */
  get topic(): string {
    return router.query.get('topic') ?? ''
  },
  get side(): Side {
    const side = router.query.get('side')
    return side === 'send' || side === 'why' ? side : 'message'
  },
  /** value, diff or chart. */
  get view(): string {
    return router.query.get('view') ?? 'value'
  },
  chooseMessage(seq: number): void {
    router.set({ m: String(seq), topic: undefined, side: undefined })
  },
  chooseTopic(topic: string): void {
    router.set({ topic, m: undefined, side: undefined })
  },
  chooseNothing(): void {
    router.set({ topic: undefined, m: undefined })
  },
  setSide(side: Side | undefined): void {
    router.set({ side: side === 'message' ? undefined : side })
  },
  setView(view: string): void {
    router.set({ view: view === 'value' ? undefined : view })
  },
  setFilter(q: string): void {
    router.set({ q })
  },
}
