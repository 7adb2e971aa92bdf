/* Lanes as they are read in a transaction, beside those that the context knows already. */
import { expect, it, onTestFinished } from 'vitest'
import { laneName, type LaneKey } from '../../src/model/record.js'
import { readLanes } from '../../src/store/lane-rows.js'
import { emptyRecord, type LaneRows } from '../../src/store/rows.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

const note = (id: string): LaneKey => ({ account: 'me', collection: 'notes', id })
const lane = (key: LaneKey): LaneRows => ({ key, row: emptyRecord(key), runs: [], edits: [], unread: [] })

it.each([3, 20])(
  'each of %i lanes is its own, though another one becomes known, or is forgotten, while they are read',
  async (count) => {
    const db = await openDatabase({ ...plainOptions, name: 'lane-rows', platform: fakePlatform() })
    onTestFinished(() => db.close())
    const keys = Array.from({ length: count }, (_, at) => note(String(at)))
    const known = new Map([[laneName(keys[1]!), lane(keys[1]!)]])
    const read = await db.read(async (tables, state) => {
      const reading = readLanes(tables, state, keys, known)
      known.clear()
      known.set(laneName(keys[0]!), lane(keys[0]!))
      return reading
    })
    expect(read.map(({ key }) => key)).toEqual(keys)
  },
)
