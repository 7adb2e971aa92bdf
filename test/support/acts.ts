/* A person's acts on a page, in every engine: by script, on what is visible. */
import type { Tab } from './engines/browser.js'

/** Resolves when the page shows this text. Rejects with all that it shows after 100 s. */
export async function reads(tab: Tab, text: string): Promise<void> {
  await tab.evaluate(
    (wanted) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (document.body.innerText.includes(wanted)) resolve()
        }
        setTimeout(() => reject(new Error(`"${wanted}" is not on the page:\n${document.body.innerText}`)), 100_000)
        const anything = { subtree: true, childList: true, characterData: true, attributes: true }
        new MutationObserver(look).observe(document.body, anything)
        look()
      }),
    text,
  )
}

/** Presses the button, link or row of this name, once it is there. */
export async function press(tab: Tab, name: string): Promise<void> {
  await tab.evaluate(async (wanted) => {
    const find = (): HTMLElement | undefined =>
      [...document.querySelectorAll<HTMLElement>('button, a, [role=row], label')].find(
        (one) =>
          one.checkVisibility() && (one.ariaLabel ?? one.innerText.trim().replaceAll(/\s+/g, ' ')).startsWith(wanted),
      )
    const endMs = Date.now() + 20_000
    while (!find()) {
      if (Date.now() > endMs) throw new Error(`There is nothing to press called "${wanted}"`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    find()!.click()
  }, name)
}

/** Has it sent at once. The button goes as soon as it is sent anyway. */
export async function sendNow(tab: Tab): Promise<void> {
  await tab.evaluate(() =>
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Send now')?.click(),
  )
}

/** Types into the input under this label, in the place of what is in it. */
export async function fill(tab: Tab, label: string, text: string): Promise<void> {
  await tab.evaluate(
    async (wanted, value) => {
      const find = (): HTMLInputElement | undefined =>
        [...document.querySelectorAll<HTMLInputElement>('input, textarea')].find((one) =>
          [...(one.labels ?? [])].some(({ textContent }) => textContent === wanted),
        )
      const endMs = Date.now() + 20_000
      while (!find()) {
        if (Date.now() > endMs) throw new Error(`There is no input "${wanted}"`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const input = find()!
      // As keys do it: React takes a value that a script sets for its own.
      const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value')!.set!
      set.call(input, value)
      input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    },
    label,
    text,
  )
}

/** The word beside the label: Saved, Waiting, Refused. */
export function markOf(tab: Tab, label: string): Promise<string | undefined> {
  return tab.evaluate((wanted) => {
    const found = [...document.querySelectorAll('.field-top')].find(
      (one) => one.querySelector('label, .react-aria-Label')?.textContent === wanted,
    )
    return found?.querySelector('.mark')?.textContent
  }, label)
}
