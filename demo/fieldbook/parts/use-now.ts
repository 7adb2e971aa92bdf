import { useEffect, useState } from 'react'

const everyMs = 30_000

/** The time, for texts like "4 min ago"; it stands still while nobody needs it. */
export function useNow(isNeeded: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (!isNeeded) return
    setNowMs(Date.now())
    const timer = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [isNeeded])
  return nowMs
}
