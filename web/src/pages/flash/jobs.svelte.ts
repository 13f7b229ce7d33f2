import { api, type FlashJob, type Items } from '$lib/api'
import { live, Resource } from '$lib/app'
import { applied, gap } from './jobs'

/** The jobs since the gateway started, kept fresh by what it tells of them. */
export class Jobs extends Resource<Items<FlashJob>> {
  constructor() {
    super((signal) => api.get('/flash/jobs', { signal }))
  }

  override follow(): () => void {
    const ends = [
      super.follow(),
      live.on('flash_job', (job) => {
        if (!this.data) return
        if (
          gap(
            this.data.items.find((known) => known.id === job.id),
            job,
          )
        )
          void this.reload()
        else this.put({ items: applied(this.data.items, job) })
      }),
    ]
    return () => ends.forEach((end) => end())
  }
}
