import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }

const WORKFLOWS = '.github/workflows'
const CHANGESETS = '.changeset'

/** The commands of `.ci/run`, and those of the scripts that it runs. */
const checked = readFileSync('.ci/run', 'utf8')
  .split('\n')
  .flatMap((command) =>
    command === 'npm run check' ? [command, ...packageJson.scripts.check.split(' && ')] : [command],
  )

/** Only a release publishes. `npm run package` checks all that it publishes. */
const PUBLISH = 'npm publish --provenance --access public'

describe.each(readdirSync(WORKFLOWS))('the workflow %s', (file) => {
  const text = readFileSync(join(WORKFLOWS, file), 'utf8')
  const commands = [...text.matchAll(/^\s*(?:- )?run: (.*)$/gm)].map(([, command]) => command!)

  it('runs only commands that .ci/run runs too', () => {
    expect(text).not.toMatch(/run: [|>]/)
    const known = ['.ci/run', ...checked, ...(file === 'release.yml' ? [PUBLISH] : [])]
    expect(commands.filter((command) => !known.includes(command))).toEqual([])
  })

  it('runs the whole of .ci/run, at once or before it publishes', () => {
    const before = /needs: check\b/.test(text) ? text : ''
    expect(commands.includes('.ci/run') || before.includes(`uses: ./${WORKFLOWS}/check.yml`)).toBe(true)
  })

  it('may write nothing but the proof of its build, and uses only actions of GitHub', () => {
    expect(
      [...text.matchAll(/([\w-]+): write/g)].map(([, right]) => right!).filter((right) => right !== 'id-token'),
    ).toEqual([])
    const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action!)
    expect(used.filter((action) => !/^(actions\/[\w-]+@v\d+|\.\/\.github\/.*)$/.test(action))).toEqual([])
  })
})

describe('the changesets', () => {
  const sets = readdirSync(CHANGESETS).filter((file) => file.endsWith('.md') && file !== 'README.md')

  it.each(sets)('%s names the package, a kind below 1.0, and the change', (file) => {
    const [, head, body] = readFileSync(join(CHANGESETS, file), 'utf8').split('---\n')
    expect(head).toMatch(new RegExp(`^'${packageJson.name}': (minor|patch)\n$`))
    expect(body!.trim()).not.toBe('')
  })

  it('are there while the changelog has changes that are not released', () => {
    const unreleased = /## \[Unreleased\]\n\n###/.test(readFileSync('CHANGELOG.md', 'utf8'))
    expect(sets.length > 0).toBe(unreleased)
  })
})

it('each entry has a report of its public names, and nothing else has one', () => {
  expect(existsSync('api')).toBe(true)
  const names = Object.entries(packageJson.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([name]) => `${name.replace('.', packageJson.name).replaceAll('/', '-')}.api.md`)
  expect(readdirSync('api').sort()).toEqual(names.sort())
})
