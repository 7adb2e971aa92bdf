import { openRest } from 'holdfast/rest'

const app = openRest({
  url: new URLSearchParams(location.search).get('api'),
  account: 'ann',
  collections: { notes: { ids: 'device', create: 'PUT' } },
})
const notes = app.collection('notes')

document.body.innerHTML = '<h1>Notes</h1><input aria-label="Title"><button>Add</button><ul></ul>'
const [input, button, list] = ['input', 'button', 'ul'].map((name) => document.querySelector(name))
button.addEventListener('click', () => void notes.create({ title: input.value }))
notes.all$.subscribe((rows = []) => {
  list.replaceChildren(
    ...rows.map(({ value, state }) => {
      const item = document.createElement('li')
      item.className = state
      item.textContent = value?.title ?? ''
      return item
    }),
  )
})
