/* The page on webviews: its samples pass the type checker, on the plugins' own types. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { samplesOf, typeErrors } from '../support/samples.js'

it('passes the type checker', { timeout: 60_000 }, () => {
  const [opening, token, background, ...others] = samplesOf(readFileSync('docs/webviews.md', 'utf8')).map(
    ({ code }) => code,
  )
  expect(others).toEqual([])
  const given = "import type { BackendlessApp } from 'holdfast/backendless'\ndeclare const app: BackendlessApp\n"
  const plugin = "import { App } from '@capacitor/app'\n"
  expect(typeErrors([opening!, `${given}${token!}`, `${plugin}${given}${background!}`])).toEqual([])
})
