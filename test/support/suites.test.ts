import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENGINES } from './engines/detect.js'
import { HTTP_SUITES, MAIN_SCENARIOS, suitesIn } from './suites/lists.js'
import { browserSuites, planRuns } from './suites/runs.js'

const inBrowsers = browserSuites()
const inNode = suitesIn('test').filter((path) => !inBrowsers.includes(path))

it('each suite has a name of its own, which says the place', () => {
  const names = [...inBrowsers, ...inNode].map((path) => basename(path))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe('the runs', () => {
  it.each(ENGINES.map((_, at) => ENGINES.slice(at)))('have each suite once, from %s on', (...engines) => {
    const { main, more } = planRuns(engines)
    const onKy1 = [...main, ...more].filter(
      ({ projects }) => !projects.includes('ky-2') && !projects.includes('newest-node'),
    )
    const ofNode = onKy1.filter(({ name }) => name.startsWith('node')).flatMap(({ suites }) => suites)
    expect(ofNode.sort()).toEqual(inNode)
    for (const engine of engines) {
      const ofEngine = onKy1.filter(({ projects }) => projects.includes(`driven-${engine}`))
      expect(ofEngine.flatMap(({ suites }) => suites).sort()).toEqual([...inBrowsers].sort())
    }
  })

  it('of `npm test` have the main scenarios in the first engine, and none without one', () => {
    const { main } = planRuns(['firefox', 'webkit'])
    expect(main.map(({ projects }) => projects)).toEqual([
      ['node', 'types'],
      ['browser-firefox', 'driven-firefox'],
    ])
    expect(main.at(-1)!.suites).toEqual(MAIN_SCENARIOS)
    expect(planRuns([]).main).toHaveLength(1)
  })

  it('on ky 2 have suites that are there', () => {
    expect(HTTP_SUITES.filter((path) => !inNode.includes(path))).toEqual([])
  })
})
