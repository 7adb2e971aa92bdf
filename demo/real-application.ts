import type { RealApplication } from './build-page.js'
import { demoTables } from './demo-tables.js'

/** The application that the environment names, with `BACKENDLESS_APP_ID` and `BACKENDLESS_API_KEY`. */
export function applicationOf(environment: NodeJS.ProcessEnv): RealApplication | undefined {
  const { BACKENDLESS_APP_ID: appId, BACKENDLESS_API_KEY: apiKey } = environment
  if (!appId && !apiKey) return undefined
  if (appId && apiKey) return { appId, apiKey }
  throw new Error(`BACKENDLESS_APP_ID and BACKENDLESS_API_KEY go together: ${appId ? 'the key' : 'the id'} is missing`)
}

/** One line for each table and column that Fieldbook uses and the application does not have. */
export async function missingIn(apiRoot: string): Promise<string[]> {
  const missing: string[] = []
  for (const [table, columns] of Object.entries(demoTables)) {
    const answer = await fetch(`${apiRoot}/data/${table}/properties`)
    const found: unknown = await answer.json().catch(() => undefined)
    if (!Array.isArray(found)) {
      const { message = `the answer was ${answer.status}` } = (found ?? {}) as { message?: string }
      missing.push(`The table "${table}" cannot be used: ${message}`)
      continue
    }
    const names = new Set(found.map(({ name }: { name: string }) => name))
    for (const { name } of columns) if (!names.has(name)) missing.push(`The table "${table}" has no column "${name}"`)
  }
  return missing
}
