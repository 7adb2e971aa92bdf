import 'holdfast/inspector'
import { useEffect, useRef } from 'react'
import { useApp } from '../app.js'

/** Holdfast's own view of the app: why each change waits, and what it did last. */
export function Inspector() {
  const app = useApp()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = Object.assign(document.createElement('holdfast-inspector'), { app })
    place.current?.append(element)
    return () => element.remove()
  }, [app])
  return <div ref={place} className="inspector" />
}
