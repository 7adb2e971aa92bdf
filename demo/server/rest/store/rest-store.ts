import { openDatabase } from '../../store/database.js'
import { openSessions, sessionTables, type Sessions } from '../../store/sessions.js'
import type { Schema } from '../schema.js'
import { accountsTable, openAccounts, storeAccounts, type Accounts } from './accounts.js'
import { answersTable, openKeptAnswers, type KeptAnswers } from './kept-answers.js'
import { openRecords, recordTables, type Records } from './records.js'
import { dataIdOf, schemaOf, settingsTable } from './stored-schema.js'
import { openWrites, writesTable, type Writes } from './writes.js'

/** All data of the REST mode. */
export interface RestStore {
  readonly schema: Schema
  /** Names the data: two directories have two. */
  readonly dataId: string
  readonly records: Records
  readonly writes: Writes
  readonly answers: KeptAnswers
  readonly accounts: Accounts
  readonly sessions: Sessions
  /** Runs `work` so that all of it is on disk on return, or none of it. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

const tables = [recordTables, writesTable, answersTable, accountsTable, settingsTable, sessionTables].join('\n')

/** Opens the store at `path`, or one in memory for `:memory:`. Rejects for a schema that its data are not of. */
export async function openRestStore(
  path: string,
  { schema: given, fallback, now }: { schema: Schema | undefined; fallback: Schema; now: () => number },
): Promise<RestStore> {
  const sql = openDatabase(path, tables)
  try {
    const schema = schemaOf(sql, given, fallback)
    await storeAccounts(sql, schema.accounts ?? [])
    return {
      schema,
      dataId: dataIdOf(sql),
      records: openRecords(sql, schema),
      writes: openWrites(sql),
      answers: openKeptAnswers(sql, now),
      accounts: openAccounts(sql),
      sessions: openSessions(sql, now),
      transaction: (work) => sql.transaction(work),
      close: () => sql.close(),
    }
  } catch (error) {
    sql.close()
    throw error
  }
}
