import * as ky from 'ky'
import { expect, inject, test } from 'vitest'

test('these suites run on the ky that the run is for', () => {
  // The version is not in the module; only ky 2 has an error of its own for the network.
  expect('NetworkError' in ky ? 2 : 1).toBe(inject('kyMajor'))
})
