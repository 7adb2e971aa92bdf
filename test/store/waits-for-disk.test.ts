/* The kinds of writing transactions, and which of them wait for the disk (G1, R15). */
import ts from 'typescript'
import { describe, expect, it, onTestFinished } from 'vitest'
import { durabilities, type Kind } from '../../src/store/durability.js'
import { readSources } from '../support/architecture.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { type WatchedStorage, watchStorage } from '../support/watched-storage.js'

/** Each function that writes, by its kind. Another kind is another promise to the caller. */
const kindOf: { readonly [writer: string]: Kind } = {
  saveEdits: 'edit',
  closeFault: 'decision',
  discardEdit: 'decision',
  sendAgain: 'decision',
  takeTurn: 'session',
  beginSession: 'session',
  endSession: 'session',
  expireSession: 'session',
  workLanes: 'sending',
  writeRules: 'rules',
  lookAgainFor: 'clue',
  takeOver: 'move',
  beatLease: 'upkeep',
  freeLease: 'upkeep',
  confirmRecord: 'upkeep',
  takePart: 'pull',
  dropUnseen: 'room',
  pruneFates: 'upkeep',
  writeDescription: 'upkeep',
  keepChangeLog: 'upkeep',
  endWait: 'upkeep',
}

/** The kind of each call of a database's `write`, by the function around it. */
function writersIn(sources: ReadonlyMap<string, string>): { [writer: string]: string } {
  const found: { [writer: string]: string } = {}
  const visit = (node: ts.Node, around: string): void => {
    const name = ts.isFunctionDeclaration(node) ? node.name!.text : around
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('db.write'))
      found[name] = (node.arguments[1] as ts.StringLiteral).text
    ts.forEachChild(node, (child) => visit(child, name))
  }
  for (const [path, text] of sources)
    if (text.includes('db.write(')) visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true), path)
  return found
}

it('each function that writes names its kind', () => {
  expect(writersIn(readSources('src'))).toEqual(kindOf)
  expect(new Set(Object.values(kindOf))).toEqual(new Set(Object.keys(durabilities)))
})

describe('only a cache that can be had again is relaxed', () => {
  const relaxed = new Set<Kind>(['pull', 'room'])

  /** The durability that one write of the kind asks for. */
  async function askedFor(kind: Kind, durability: 'strict' | 'relaxed'): Promise<WatchedStorage['asked']> {
    const platform = fakePlatform()
    const storage = watchStorage(platform.databases, new AbortController().signal)
    const options = { ...plainOptions, name: 'durability', platform: { ...platform, databases: storage.databases } }
    const db = await openDatabase({ ...options, durability })
    onTestFinished(() => db.close())
    const before = storage.asked.length
    await db.write((tables) => tables.meta.put([{ key: 'note' }]), kind)
    return storage.asked.slice(before)
  }

  it.each(Object.keys(durabilities) as Kind[])('%s', async (kind) => {
    expect(await askedFor(kind, 'strict')).toEqual([relaxed.has(kind) ? 'relaxed' : 'strict'])
    expect(await askedFor(kind, 'relaxed')).toEqual(['relaxed'])
  })
})
