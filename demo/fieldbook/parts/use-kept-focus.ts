/* The focus of the keyboard, where its button or its row goes away: browsers drop it, and the next Tab starts at the top. */
import { useEffect } from 'react'

const places = 'h1[tabindex], h2[tabindex], [role=grid]'

/** Gives a lost focus to the nearest heading or list of where it was. Dialogs stand outside of the root and do not count. */
export function useKeptFocus(): void {
  useEffect(() => {
    const root = document.querySelector('#root')!
    let trail: Element[] = []
    const isLost = (): boolean => document.activeElement === document.body || document.activeElement === null
    const remember = ({ target }: Event): void => {
      trail = trailOf(target as Element)
    }
    const forget = (): void => {
      // Once the browser has moved it: the person has clicked beside everything, and nothing has gone.
      setTimeout(() => isLost() && trail[0]?.isConnected && (trail = []))
    }
    const observer = new MutationObserver(() => {
      if (!isLost() || trail.length === 0 || trail[0]!.isConnected) return
      const around = trail.filter(({ isConnected }) => isConnected)
      const place = around.map((one) => (one.matches(places) ? one : one.querySelector(places))).find(Boolean)
      if (place instanceof HTMLElement) place.focus()
    })
    root.addEventListener('focusin', remember)
    root.addEventListener('focusout', forget)
    observer.observe(document.body, { childList: true, subtree: true })
    return () => {
      root.removeEventListener('focusin', remember)
      root.removeEventListener('focusout', forget)
      observer.disconnect()
    }
  }, [])
}

/** The element and all around it, from the inside out. */
function trailOf(element: Element | null): Element[] {
  return element === null ? [] : [element, ...trailOf(element.parentElement)]
}
