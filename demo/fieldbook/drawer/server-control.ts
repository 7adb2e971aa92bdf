/* The control path of the local server. Its token is given to pages of its own machine only. */
import { isLocal } from '../backend.js'

export interface ServerControl {
  /** Resolves with the answer; rejects with the server's reason. */
  ask<T = unknown>(method: string, path: string, body?: object): Promise<T>
}

/** `undefined`: nothing here commands the server, as with a real application. */
export async function serverControl(): Promise<ServerControl | undefined> {
  if (!isLocal) return undefined
  const answer = await fetch('/control-token')
  if (!answer.ok) return undefined
  const token = await answer.text()
  return {
    async ask<T>(method: string, path: string, body?: object) {
      const response = await fetch(`/control${path}`, {
        method,
        headers: { 'control-token': token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const json = (await response.json()) as T & { error?: string }
      if (!response.ok) throw new Error(json.error ?? `The server answered ${response.status}`)
      return json
    },
  }
}
