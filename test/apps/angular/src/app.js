import { openRest } from 'holdfast/rest'

export const app = openRest({
  url: new URLSearchParams(location.search).get('api'),
  account: 'ann',
  collections: { notes: { ids: 'device', create: 'PUT' } },
})

document.body.innerHTML = '<h1>Notes</h1><input aria-label="Title"><button>Add</button><ul></ul>'
export const list = document.querySelector('ul')
document.querySelector('button').addEventListener('click', () => {
  void app.collection('notes').create({ title: document.querySelector('input').value })
})
