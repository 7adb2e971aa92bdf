/* The browser's word on the network is a hint, an answer to a request is proof (R12). */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import type { FailureKind } from '../../src/model/failure.js'
import { createNetwork, type Network } from '../../src/sync/network.js'
import { FakeConnectivity } from '../support/fake-platform.js'
import { fail } from './sender-world.js'

const good: Reply = { ok: true, record: {} }

function start(online: boolean): { hint: FakeConnectivity; network: Network; told: boolean[]; off: () => void } {
  const hint = new FakeConnectivity()
  hint.online = online
  const network = createNetwork(hint)
  const told: boolean[] = []
  return { hint, network, told, off: network.onChange((is) => told.push(is)) }
}

describe('the network', () => {
  it.each<[FailureKind | undefined, boolean]>([
    [undefined, true],
    ['validation', true],
    ['conflict', true],
    ['auth', true],
    ['configuration', true],
    ['server', false],
    ['busy', false],
    ['unreachable', false],
    ['timeout', false],
  ])('that the browser does not see: an answer of kind %s proves it: %s', (kind, proves) => {
    const { network, told } = start(false)
    network.onReply(kind ? fail(kind) : good, 7)
    expect(network.online).toBe(proves)
    expect(told).toEqual(proves ? [true] : [])
  })

  it.each<[FailureKind, boolean]>([
    ['server', true],
    ['busy', true],
    ['unreachable', false],
    ['timeout', false],
  ])('that was proven against the browser is so after `%s`: %s', (kind, stays) => {
    const { network, told } = start(false)
    network.onReply(good, 7)
    network.onReply(good, 7)
    network.onReply(fail(kind), 7)
    expect(network.online).toBe(stays)
    expect(told).toEqual(stays ? [true] : [true, false])
  })

  it('is there as long as the browser says so, after any answers', () => {
    const { network, told } = start(true)
    for (const reply of [fail('unreachable'), good, fail('timeout')]) network.onReply(reply, 7)
    expect(network.online).toBe(true)
    expect(told).toEqual([])
  })

  it('is as the browser says when it says something new', () => {
    const { hint, network, told } = start(false)
    network.onReply(good, 7)
    hint.set(true)
    hint.set(false)
    expect(network.online).toBe(false)
    expect(told).toEqual([true, true, false])
  })

  it('knows when the backend last gave a proper reply, a refusal too, to any request', () => {
    const { network } = start(true)
    expect(network.lastReplyAtMs).toBeUndefined()
    network.onReply(good, 1)
    expect(network.lastReplyAtMs).toBe(1)
    network.onReply(fail('gone'), 2)
    network.onReply(fail('auth'), 3)
    for (const kind of ['configuration', 'server', 'busy', 'unreachable', 'timeout'] as const)
      network.onReply(fail(kind), 4)
    expect(network.lastReplyAtMs).toBe(3)
  })

  it('tells nobody who has left', () => {
    const { hint, told, off } = start(false)
    off()
    hint.set(true)
    expect(told).toEqual([])
    expect(hint.listeners).toBe(0)
  })

  it('can be known by other means from the start', () => {
    const hint = new FakeConnectivity()
    hint.online = false
    const network = createNetwork(hint, true)
    expect(network.online).toBe(true)
    network.onReply(fail('unreachable'), 7)
    expect(network.online).toBe(false)
  })
})
