import { useEffect, useRef, useState } from 'react'

const pauseMs = 700

/** A text that is saved when the person pauses or leaves the input: of an e-mail address the server would refuse each half. */
export function useDraft(save: (text: string) => void) {
  const [draft, setDraft] = useState<string>()
  const waiting = useRef<{ text: string; timer: number } | undefined>(undefined)

  const keep = () => {
    if (!waiting.current) return
    const { text, timer } = waiting.current
    clearTimeout(timer)
    waiting.current = undefined
    setDraft(undefined)
    save(text)
  }
  const latest = useRef(keep)
  latest.current = keep
  useEffect(() => () => latest.current(), [])

  return {
    draft,
    keep,
    type(text: string) {
      clearTimeout(waiting.current?.timer)
      waiting.current = { text, timer: window.setTimeout(() => latest.current(), pauseMs) }
      setDraft(text)
    },
  }
}
