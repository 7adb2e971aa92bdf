import { describe, expect, it, onTestFinished } from 'vitest'
import { completeColumn, defaultSchema } from '../../demo/server/store/columns.js'
import { openDatabase, type SqlValue } from '../../demo/server/store/database.js'
import { backendlessTables, openStore } from '../../demo/server/store/store.js'

describe('a transaction that fails', () => {
  it('leaves nothing of its work, the columns it added included', () => {
    const store = openStore(':memory:', { schema: defaultSchema, tables: {}, now: Date.now })
    onTestFinished(() => store.close())
    const work = (): void => {
      store.columns.add(completeColumn({ name: 'team' }))
      store.sessions.begin('ANN', { alone: false })
      throw new Error('no room')
    }
    expect(() => store.transaction(work)).toThrow('no room')
    expect(store.columns.byName('team')).toBeUndefined()
    expect(store.sessions.endAllOf('ANN')).toBe(0)
    store.transaction(() => store.columns.add(completeColumn({ name: 'team' })))
    expect(store.columns.byName('team')).toMatchObject({ type: 'STRING' })
  })

  it('lets the next one through when the disk was full', () => {
    const sql = openDatabase(':memory:', backendlessTables)
    onTestFinished(() => sql.close())
    sql.get('PRAGMA max_page_count = 40')
    const write = (text: string): void => {
      sql.transaction(() => sql.run('INSERT INTO sessions (token, user_id, used_at_ms) VALUES (?, ?, 0)', [text, text]))
    }
    expect(() => write('x'.repeat(200_000))).toThrow(/full/)
    write('small')
    expect(sql.all('SELECT token FROM sessions')).toMatchObject([{ token: 'small' }])
  })
})

describe('a value that cannot be bound', () => {
  it('is an error, and not the end of the process', () => {
    const sql = openDatabase(':memory:', backendlessTables)
    onTestFinished(() => sql.close())
    const values = [true] as unknown as SqlValue[]
    expect(() => sql.get('SELECT ?', values)).toThrow('A boolean cannot be bound')
  })
})
