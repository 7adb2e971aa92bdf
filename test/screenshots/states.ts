/* How a page of Fieldbook comes into a state. Each runs in the page, and sees nothing but the page. A reload ends it. */

/** Makes so many jobs by the buttons. */
export async function makeJobs(jobs: number): Promise<void> {
  const find = <T extends Element>(selector: string, text: string): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = [...document.querySelectorAll<T>(selector)].find(({ textContent }) => textContent.includes(text))
        if (found) resolve(found)
        else requestAnimationFrame(look)
      }
      look()
    })
  for (let made = 0; made < jobs; made++) {
    const button = await find<HTMLElement>('button', 'New job')
    button.click()
    const back = await find<HTMLElement>('a', 'All jobs')
    back.click()
  }
}

/** The browser closes the connection to the database, and does not open another one. */
export function loseConnection(): void {
  const { prototype } = IDBTransaction
  const find = prototype.objectStore
  prototype.objectStore = function (this: IDBTransaction, name) {
    prototype.objectStore = find
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
    setTimeout(() => {
      this.db.close()
      this.db.dispatchEvent(new Event('close'))
    })
    return find.call(this, name)
  }
}

/** Holds a transaction of the database, as a frozen tab does. */
export async function holdTransaction(): Promise<void> {
  const [{ name = '' } = {}] = await indexedDB.databases()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(name)
    request.addEventListener('error', () => reject(request.error as Error))
    request.addEventListener('success', () => {
      const stores = [...request.result.objectStoreNames]
      const store = request.result.transaction(stores, 'readwrite').objectStore(stores[0]!)
      const goOn = (): void => {
        store.count().addEventListener('success', () => {
          resolve()
          goOn()
        })
      }
      goOn()
    })
  })
}

/** No write finds room any more. */
export function fillStorage(): void {
  const refuse = (): never => {
    throw new DOMException('There is no room', 'QuotaExceededError')
  }
  Object.assign(IDBObjectStore.prototype, { put: refuse, add: refuse })
}

/** Has databases and no file system, by which a page knows a private window of Firefox. */
export function becomePrivate(): void {
  const refuse = (): Promise<never> => Promise.reject(new DOMException('It is a private window', 'SecurityError'))
  Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: refuse })
  Object.defineProperty(Navigator.prototype, 'userAgent', { value: 'Firefox' })
}
