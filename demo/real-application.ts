import type { RealApplication } from './build-page.js'
import { demoTables } from './demo-tables.js'
import { demoSchema } from './demo-users.js'

const backendlessUrl = 'https://api.backendless.com'

/**
 * The application that the environment names, with `BACKENDLESS_APP_ID` and `BACKENDLESS_API_KEY`; `BACKENDLESS_URL` is its API where
 * that is not `https://api.backendless.com`.
 */
export function applicationOf(environment: NodeJS.ProcessEnv): RealApplication | undefined {
  const { BACKENDLESS_APP_ID: appId, BACKENDLESS_API_KEY: apiKey, BACKENDLESS_URL: url = backendlessUrl } = environment
  if (!appId && !apiKey) return undefined
  if (!appId || !apiKey)
    throw new Error(
      `BACKENDLESS_APP_ID and BACKENDLESS_API_KEY go together: ${appId ? 'the key' : 'the id'} is missing`,
    )
  // The policy of the page lets it reach this origin.
  const origin = url.replace(/\/$/, '')
  if (!/^https?:/.test(url) || !URL.canParse(url) || new URL(url).origin !== origin)
    throw new Error(`BACKENDLESS_URL has to be an origin such as ${backendlessUrl}, not "${url}"`)
  return { appId, apiKey, url: origin }
}

/** One line for each table, and for each column of tables and users, that Fieldbook uses and the application does not have. */
export async function missingIn({ url, appId, apiKey }: RealApplication): Promise<string[]> {
  const root = `${url}/${appId}/${apiKey}`
  const tables = Object.entries(demoTables).map(([table, columns]) =>
    lacks(root, `data/${table}/properties`, `table "${table}"`, columns),
  )
  return (await Promise.all([lacks(root, 'users/userclassprops', 'table "Users"', demoSchema), ...tables])).flat()
}

async function lacks(
  root: string,
  path: string,
  what: string,
  columns: readonly { name: string }[],
): Promise<string[]> {
  const answer = await fetch(`${root}/${path}`)
  const found: unknown = await answer.json().catch(() => undefined)
  if (!Array.isArray(found)) {
    const { message = `the answer was ${answer.status}` } = (found ?? {}) as { message?: string }
    return [`The ${what} cannot be used: ${message}`]
  }
  const names = new Set(found.map(({ name }: { name: string }) => name))
  return columns.filter(({ name }) => !names.has(name)).map(({ name }) => `The ${what} has no column "${name}"`)
}
