import { writeFileSync } from 'node:fs'
import puppeteer, { type CDPSession } from 'puppeteer-core'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { requireEngine } from '../support/engines/detect.js'
import { expressionOf } from '../support/engines/browser.js'

/** How long one command may take: what a run may take is the caller's to limit. */
const COMMAND_WITHIN_MS = 1_800_000

/** A Chromium with its profile on disk. */
export interface BenchBrowser {
  readonly version: string
  /** Resolves when the page's script has run. */
  open(url: string, settings?: PageSettings): Promise<BenchPage>
  close(): Promise<void>
}

export interface PageSettings {
  /** The main thread gets one of so many parts of the processor, from before the page loads. */
  readonly processorParts?: number
}

export interface BenchPage {
  /** Runs a function in the page, as text: it sees the page's globals and its arguments only. */
  evaluate<Args extends readonly unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>
  /** The page's network, `navigator.onLine` and its events with it. */
  setOffline(offline: boolean): Promise<void>
  /** Bytes of JavaScript that are in use after a collection. */
  heapBytes(): Promise<number>
  /** The raw protocol, for profiles. */
  readonly session: CDPSession
  close(): Promise<void>
}

/**
 * Starts it. Driven by bare protocol sessions: a driver's own pages listen to every request, which costs as much as the
 * request does. `cpuProfile`: where the last page to close leaves its CPU profile. `program` is
 * started in place of Chromium.
 */
export async function launchBenchBrowser(
  profileDir: string,
  { cpuProfile, program = requireEngine('chromium') }: { cpuProfile?: string | undefined; program?: string } = {},
): Promise<BenchBrowser> {
  const browser = await puppeteer.launch({
    executablePath: program,
    headless: true,
    userDataDir: profileDir,
    protocolTimeout: COMMAND_WITHIN_MS,
    args: [...CHROMIUM_ARGUMENTS],
  })
  const root = await browser.target().createCDPSession()

  async function open(url: string, { processorParts }: PageSettings = {}): Promise<BenchPage> {
    const { targetId } = await root.send('Target.createTarget', { url: 'about:blank', newWindow: true })
    const target = await browser.waitForTarget(
      (one) => (one as unknown as { _targetId: string })._targetId === targetId,
    )
    const session = await target.createCDPSession()
    const evaluate: BenchPage['evaluate'] = async (run, ...args) => {
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
        expression: expressionOf(run as never, args),
        awaitPromise: true,
        returnByValue: true,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return result.value as never
    }
    if (processorParts) await session.send('Emulation.setCPUThrottlingRate', { rate: processorParts })
    await session.send('Page.enable')
    const loaded = new Promise((resolve) => session.once('Page.loadEventFired', resolve))
    await session.send('Page.navigate', { url })
    await loaded
    await session.send('Page.disable')
    if (cpuProfile) {
      await session.send('Profiler.enable')
      await session.send('Profiler.setSamplingInterval', { interval: 100 })
      await session.send('Profiler.start')
    }
    return {
      evaluate,
      session,
      async setOffline(offline) {
        if (offline) await session.send('Network.enable')
        await session.send('Network.emulateNetworkConditions', {
          offline,
          latency: 0,
          downloadThroughput: -1,
          uploadThroughput: -1,
        })
        // While it is on, each request is told to us.
        if (!offline) await session.send('Network.disable')
      },
      async heapBytes() {
        await session.send('HeapProfiler.collectGarbage')
        await session.send('HeapProfiler.collectGarbage')
        const { usedSize } = await session.send('Runtime.getHeapUsage')
        return usedSize
      },
      async close() {
        if (cpuProfile) writeFileSync(cpuProfile, JSON.stringify((await session.send('Profiler.stop')).profile))
        await root.send('Target.closeTarget', { targetId })
      },
    }
  }

  return {
    version: await browser.version(),
    open,
    close: () => browser.close(),
  }
}
