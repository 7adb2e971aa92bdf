/* Makes a record with its first edit, where the others change one that is there. The device names it, and PUT makes it once. */
import { openClient } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'
import { serveBench } from '../page/bench.js'
import { api, type Contender } from '../page/contender.js'

const creating: Contender = {
  async open({ isFirst }) {
    const client = openClient({
      endpoints: restEndpoints({
        url: `${api}/`,
        collections: { records: { ids: 'device', create: 'PUT', list: false } },
      }),
    })
    if (isFirst) await client.session.use('ann', { token: 'token-of-ann' })
    const records = client.collection('records')
    const made = new Set<string>()
    return {
      edit(id, patch) {
        if (made.has(id)) return records.update(id, patch)
        made.add(id)
        return records.create(patch, { id })
      },
      observe(id, seen) {
        const subscription = records.record(id).value$.subscribe((value) => seen(value ?? undefined))
        return () => subscription.unsubscribe()
      },
      load: () => Promise.resolve(),
      drained: () =>
        new Promise((resolve) => {
          const subscription = client.status$.subscribe(({ phase, pending }) => {
            if (phase === 'opening' || pending) return
            resolve()
            queueMicrotask(() => subscription.unsubscribe())
          })
        }),
      close: () => client.close(),
    }
  },
}

serveBench(creating)
