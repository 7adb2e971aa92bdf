import { from, mapArray } from 'solid-js'
import { render } from 'solid-js/web'
import { app, list } from './app.js'

function Notes() {
  const notes = from(app.collection('notes').all$)
  return mapArray(
    () => notes() ?? [],
    (row) => Object.assign(document.createElement('li'), { className: row.state, textContent: row.value?.title }),
  )
}

render(() => Notes(), list)
