/* As an app uses a collection: the defaults, and an ordinary HTTP API. */
import { openClient } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'
import { api } from '../page/contender.js'
import { serveLists } from '../page/list.js'

serveLists({
  async open({ isFirst }) {
    const client = openClient({
      endpoints: restEndpoints({ url: `${api}/`, collections: { items: { ids: 'server', idempotencyKey: true } } }),
    })
    if (isFirst) await client.session.use('ann', { token: 'token-of-ann' })
    const items = client.collection('items')
    return {
      observe(seen) {
        const subscription = items.all$.subscribe((rows) => rows && seen(rows as never))
        return () => subscription.unsubscribe()
      },
      look(id, seen) {
        const subscription = items.record(id).value$.subscribe((value) => {
          if (!value) return
          seen()
          queueMicrotask(() => subscription.unsubscribe())
        })
      },
      edit: (id, patch) => items.update(id, patch),
      pull: () => items.refresh(),
    }
  },
})
