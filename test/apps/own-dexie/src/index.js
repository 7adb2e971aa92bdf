import { Dexie } from 'dexie'
import './notes.js'

// A database of the app's own, beside that of Holdfast.
const own = new Dexie('own')
own.version(1).stores({ drafts: 'id' })
await own.open()
await own.drafts.put({ id: 1, text: 'mine' })
document.body.dataset.own = `${Dexie.semVer}: ${(await own.drafts.get(1)).text}`
