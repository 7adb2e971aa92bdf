import { useEffect, useState } from 'react'
import { serverControl, type ServerControl } from './server-control.js'

/** `none`: nothing here commands the server. */
export type Server = { state: 'asking' } | { state: 'none' } | { state: 'here'; control: ServerControl }

export function useServer(): Server {
  const [server, setServer] = useState<Server>({ state: 'asking' })
  useEffect(() => {
    let isGone = false
    const show = (control?: ServerControl): void => {
      if (!isGone) setServer(control ? { state: 'here', control } : { state: 'none' })
    }
    serverControl().then(show, () => show())
    return () => void (isGone = true)
  }, [])
  return server
}
