/* Vitest's own browser runs, in the engines that its providers do not start from a system's executable. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, BrowserProviderOption } from 'vitest/node'
import { startFirefox } from './firefox.js'
import { startMiniBrowser } from './mini-browser.js'

/** Opens Vitest's page in this machine's Firefox or MiniBrowser, each time on a new profile. */
export function systemBrowser(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'system-browser',
    supportedBrowser: ['firefox', 'webkit'],
    providerFactory: (project) => {
      const start = project.config.browser.name === 'firefox' ? openFirefox : startMiniBrowser
      return createProvider(start)
    },
  })
}

type Start = (profileDir: string, url: string) => Promise<{ kill(): Promise<void> }>

function createProvider(start: Start): BrowserProvider {
  const ends: (() => Promise<void>)[] = []
  return {
    name: 'system-browser',
    supportsParallelism: false,
    getCommandsContext: () => ({}),
    async openPage(_sessionId, url) {
      const profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
      const removeProfile = (): void => rmSync(profileDir, { recursive: true, force: true, maxRetries: 5 })
      try {
        const { kill } = await start(profileDir, url)
        ends.push(async () => {
          await kill()
          removeProfile()
        })
      } catch (error) {
        removeProfile()
        throw error
      }
    },
    async close() {
      await Promise.all(ends.splice(0).map((end) => end()))
    },
  }
}

async function openFirefox(profileDir: string, url: string): Promise<{ kill(): Promise<void> }> {
  const { browser, kill } = await startFirefox(profileDir)
  const page = await browser.newPage()
  await page.goto(url)
  return { kill }
}
