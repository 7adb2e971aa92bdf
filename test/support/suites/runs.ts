/* The runs of `npm test` and of `npm run test:all`, in order. Each suite is in one run, for each engine and each ky. */
import { ENGINES, type Engine } from '../engines/detect.js'
import {
  APPS,
  HTTP_SUITES,
  MAIN_SCENARIOS,
  NEWEST_NODE_FOLDERS,
  suitesIn,
  TYPESCRIPT_APP,
  type BrowserScope,
} from './lists.js'
import { hasNewestNode } from './newest-node.js'

export interface Run {
  readonly name: string
  /** Vitest's projects. */
  readonly projects: readonly string[]
  /** The suites that must be in its report. */
  readonly suites: readonly string[]
  readonly scope?: BrowserScope
  /** Folders with a lock file of their own each, whose packages it needs. */
  readonly needs?: readonly string[]
  /** It runs on the newest Node of the registry, in place of the one that is installed. */
  readonly onNewestNode?: boolean
}

export interface Plan {
  /** The runs of `npm test`. */
  readonly main: readonly Run[]
  /** The runs that `npm run test:all` adds after it. */
  readonly more: readonly Run[]
}

export function planRuns(found: readonly Engine[]): Plan {
  const ofNode = suitesIn('test').filter((path) => !/^test\/(browser|driven)\//.test(path))
  const isLong = (path: string): boolean => path.endsWith('.long.test.ts')
  const isOnServers = (path: string): boolean => path.startsWith('test/servers/')
  const isOfPackage = (path: string): boolean => path.startsWith('test/package/')
  const inBrowsers = browserSuites()
  const isMain = (path: string): boolean => MAIN_SCENARIOS.includes(path)
  const [first, ...others] = ENGINES.filter((engine) => found.includes(engine))
  const run = (engine: Engine, name: string, suites: readonly string[], scope?: BrowserScope): Run => ({
    name,
    projects: [`browser-${engine}`, `driven-${engine}`],
    suites,
    scope,
  })
  return {
    main: [
      {
        name: 'node',
        projects: ['node', 'types'],
        suites: ofNode.filter((path) => !isLong(path) && !isOnServers(path) && !isOfPackage(path)),
      },
      ...(first ? [run(first, `${first}, main scenarios`, inBrowsers.filter(isMain), 'main')] : []),
    ],
    more: [
      { name: 'node, long suites', projects: ['long'], suites: ofNode.filter(isLong) },
      { name: 'node, ky 2', projects: ['ky-2'], suites: HTTP_SUITES, needs: ['test/ky-2'] },
      ...(hasNewestNode
        ? [
            {
              name: 'node, newest',
              projects: ['newest-node'],
              suites: ofNode.filter(
                (path) => !isLong(path) && NEWEST_NODE_FOLDERS.some((at) => path.startsWith(`${at}/`)),
              ),
              onNewestNode: true,
            },
          ]
        : []),
      {
        name: 'node, servers',
        projects: ['servers'],
        suites: ofNode.filter(isOnServers),
        needs: ['test/servers/json-server'],
      },
      {
        name: 'node, package',
        projects: ['package'],
        suites: ofNode.filter(isOfPackage),
        needs: [TYPESCRIPT_APP, ...Object.values(APPS)],
      },
      ...(first
        ? [
            run(
              first,
              `${first}, other suites`,
              inBrowsers.filter((path) => !isMain(path)),
              'other',
            ),
          ]
        : []),
      ...others.map((engine) => run(engine, engine, inBrowsers)),
    ],
  }
}

export function browserSuites(): string[] {
  return [...suitesIn('test/browser'), ...suitesIn('test/driven')]
}

/** The suites of a run, in few words. */
export function namesOf({ suites }: Run): string {
  return suites.length === browserSuites().length ? 'all of test/browser and test/driven' : suites.join(', ')
}
