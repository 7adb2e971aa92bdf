import { expect, it } from 'vitest'
import { readCommandLine } from '../../demo/server/command-line.js'
import { portOf } from '../../demo/server/common-options.js'

it('has a default for everything', () => {
  expect(readCommandLine([])).toEqual({ port: 4010, data: '.data', control: false, switches: {} })
})

it('reads numbers where numbers are meant', () => {
  const switches = readCommandLine(['--port', '0', '--session-timeout', '0.5', '--dead-token-status', '401'])
  expect(switches).toMatchObject({ port: 0, switches: { sessionTimeoutSeconds: 0.5, deadTokenStatus: 401 } })
})

it.each([
  [['--port', 'abc'], '--port has to be a whole number from 0 to 65535, not "abc"'],
  [['--port', ''], '--port has to be a whole number from 0 to 65535, not ""'],
  [['--port', '65536'], '--port has to be a whole number from 0 to 65535, not "65536"'],
  [['--port', '0x10'], '--port has to be a whole number from 0 to 65535, not "0x10"'],
  [['--session-timeout', 'abc'], '--session-timeout cannot be "abc": use a number of seconds above 0'],
  [['--session-timeout', '0'], '--session-timeout cannot be 0: use a number of seconds above 0'],
  [['--dead-token-status', 'x'], '--dead-token-status cannot be "x": use 400 or 401'],
  [['--dead-token-status', '500'], '--dead-token-status cannot be 500: use 400 or 401'],
  [['--dynamic-schema', 'maybe'], '--dynamic-schema cannot be "maybe": use on or drop or reject'],
  [['--nonsense'], "Unknown option '--nonsense'"],
  [['--schema', 'no/such/file.json'], 'The schema no/such/file.json cannot be read: ENOENT'],
])('names the option and what it was given: %j', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(message)
})

it('names the option of a port that it is asked about', () => {
  expect(() => portOf('--page-port', '-1')).toThrow('--page-port has to be')
})
