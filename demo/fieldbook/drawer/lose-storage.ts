/* The browser closes the connection to the database, as it does under pressure. */
import type { App } from '../app.js'

/** Within it the app reads from its database. */
const withinMs = 5000

/** Finds the open connection by a read, and closes it as a browser does: with the event `close`. */
export async function loseStorage({ report }: Pick<App, 'report'>): Promise<void> {
  const { prototype } = IDBTransaction
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const open = prototype.objectStore
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      prototype.objectStore = open
      reject(new Error('The connection was not found: reload the page and try once more.'))
    }, withinMs)
    prototype.objectStore = function (this: IDBTransaction, name) {
      prototype.objectStore = open
      clearTimeout(timer)
      // Afterwards: this read is to end well.
      setTimeout(() => {
        this.db.close()
        this.db.dispatchEvent(new Event('close'))
        resolve()
      })
      return open.call(this, name)
    }
    // Its outcome says nothing here.
    report().catch(() => {})
  })
}
