import { createApp, h, onScopeDispose, shallowRef } from 'vue'
import { app, list } from './app.js'

function useLive(live$) {
  const value = shallowRef(live$.value)
  const subscription = live$.subscribe((next) => (value.value = next))
  onScopeDispose(() => subscription.unsubscribe())
  return value
}

createApp({
  setup() {
    const notes = useLive(app.collection('notes').all$)
    return () => notes.value?.map((row) => h('li', { key: row.id, class: row.state }, row.value?.title))
  },
}).mount(list)
