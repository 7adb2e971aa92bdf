/* As an app uses it: the defaults, and the endpoint of the face for Backendless, since many records are needed. */
import { backendlessEndpoint } from '../../../src/backendless/endpoint.js'
import { openClient, type RecordHandle } from '../../../src/index.js'
import { serveBench } from '../page/bench.js'
import { api, type Contender, sixAtATime } from '../page/contender.js'

const holdfast: Contender = {
  async open({ durability, isFirst }) {
    const client = openClient({
      endpoints: { users: backendlessEndpoint({ baseUrl: api }) },
      ...(durability === 'relaxed' && { durability }),
    })
    if (isFirst) await client.session.use('ann', { token: 'token-of-ann' })
    const handles = new Map<string, RecordHandle>()
    const record = (id: string): RecordHandle => {
      let handle = handles.get(id)
      if (!handle) handles.set(id, (handle = client.record('users', id)))
      return handle
    }
    return {
      edit: (id, patch) => record(id).update(patch),
      observe(id, seen) {
        const subscription = record(id).value$.subscribe((value) => seen(value ?? undefined))
        return () => subscription.unsubscribe()
      },
      load: (ids) => sixAtATime(ids, (id) => record(id).refresh()),
      // It sends by itself.
      drained: () =>
        new Promise((resolve) => {
          const subscription = client.status$.subscribe(({ phase, pending }) => {
            if (phase === 'opening' || pending) return
            resolve()
            queueMicrotask(() => subscription.unsubscribe())
          })
        }),
      refusals: async () => client.faults.open$.value.length,
      close: () => client.close(),
    }
  },
}

serveBench(holdfast)
