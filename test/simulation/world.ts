// A simulated world: one browser with its tabs, and people who edit, close, crash and come back, all from one seed. The server
// and the edits of these people are the workload's.
import { Device, TabPlatform } from './device.js'
import { createDice, type Dice } from './dice.js'
import { type Context, EventLoop } from './event-loop.js'
import type { Judge, Made, SessionCall } from './judge.js'
import { Network, type Weather, weatherNames } from './network.js'
import { accounts } from './server.js'
import { fakeCaches } from './storage/caches.js'
import { Disk, type Engine, type StoreEvent, type StoreWork } from './storage/disk.js'
import { remove } from './storage/factory.js'
import type { CreateWorkload, SavedEdit, Tab, Workload } from './workload.js'

export interface Scenario {
  seed: number
  /** The network never works: all that people do stays on the device. */
  offline?: boolean | undefined
  /** The device names all records that are made on it. Default: drawn, for each collection. */
  deviceIds?: boolean | undefined
  /** Tabs observe lists, which are pulled. */
  lists?: boolean | undefined
  /** The server tells of the versions of records. */
  versions?: boolean | undefined
  /** Kills the browser at this store event. */
  crashAt?: number
  /** Lines of what happened are kept. */
  traced?: boolean
  /** Default: drawn from the seed. */
  tabs?: number
  actions?: number
}

export interface Outcome {
  seed: number
  violations: string[]
  trace: string[]
  edits: number
  requests: number
  storeEvents: number
  events: number
  virtualMs: number
}

/** A moment in a tab's work at which it is frozen, without a word. */
interface Trap {
  tab: TabPlatform
  moment: StoreEvent | 'sent' | 'arrived'
  /** How many such moments pass first. */
  skip: number
}

/** How long what is under way may take to end after `close()`. */
const lastMomentMs = 1_000
/** How long healing and draining may take, in virtual time (liveness). */
const drainWithinMs = 3 * 3_600_000

export class World {
  readonly loop = new EventLoop()
  readonly dice: Dice
  readonly disk: Disk
  readonly network: Network
  readonly device: Device
  readonly trace: string[] = []
  readonly #scenario: Scenario
  readonly #workload: Workload
  readonly #mostTabs: number
  readonly #jumps: boolean
  readonly #style: 'mixed' | 'freezing' | 'slow'
  readonly #storageTrouble: boolean
  /** The database is lost under open tabs. Not by the dice: a world stays the one that it was. */
  readonly #losing: boolean
  /** The browser says offline for good in the end, though the network is fine. Not by the dice either. */
  readonly #blind: boolean
  /** People who log in and out across each other; thrown apart from all else. */
  readonly #crowd: Dice | undefined
  #tabs: Tab[] = []
  #storeEvents = 0
  #quiet = false
  #hasFrozen = false
  #trap: Trap | undefined
  /** When the last tab that a trap has frozen is back. */
  #thawAtMs = 0

  constructor(scenario: Scenario, createWorkload: CreateWorkload) {
    this.#scenario = scenario
    const dice = (this.dice = createDice(scenario.seed * 7919 + 17))
    const { loop } = this
    const nowMs = (): number => loop.nowMs
    const engine = dice.pick<Engine>(['chromium', 'firefox', 'webkit'])
    const note = (line: string): void => this.note(line)
    const workload = (this.#workload = createWorkload({
      seed: scenario.seed,
      dice,
      nowMs,
      note,
      isQuiet: () => this.#quiet,
      follow: (...made) => this.#follow(...made),
      attempt: (...call) => this.#try(...call),
    }))
    this.disk = new Disk({
      loop,
      dice: dice.fork(),
      engine,
      lasting: 'sim',
      onStoreEvent: (event, of) => this.#storeEvent(event, of),
      onWipe: () => this.judge.wiped(),
    })
    const { server, root } = workload
    this.network = new Network({ loop, dice: dice.fork(), server, engine, trace: note }, root)
    this.network.onRequest = (moment, { context, method, path }) => {
      const { name } = context as TabPlatform
      if (moment === 'sent') this.judge.asks()
      if (moment === 'sent' && workload.isWrite(method, path) && !this.#jumps) this.judge.sends(name)
      this.#passBy(moment, context)
    }
    const hasLocks = dice.chance(0.9)
    const caches = fakeCaches()
    this.device = new Device({ loop, dice: dice.fork(), network: this.network, disk: this.disk, hasLocks, caches })
    this.#style = dice.pick(['mixed', 'mixed', 'freezing', 'slow'] as const)
    this.#mostTabs = scenario.tabs ?? dice.pick(this.#style === 'freezing' ? [1, 2, 3] : [1, 1, 2, 3])
    this.#jumps = dice.chance(0.15)
    this.network.comesLate = !this.#jumps
    this.#storageTrouble = dice.chance(0.3)
    this.#losing = scenario.seed % 5 === 0
    this.#blind = scenario.seed % 4 === 2
    if (scenario.seed % 4 === 3) this.#crowd = createDice(scenario.seed * 6_101 + 3)
    workload.drawOptions()
    this.note(`engine ${engine}, tabs ${this.#mostTabs}, locks ${hasLocks}, ${workload.title}`)
  }

  get judge(): Judge {
    return this.#workload.judge
  }

  note(line: string): void {
    if (this.#scenario.traced) this.trace.push(`${this.loop.nowMs.toFixed(1).padStart(10)}  ${line}`)
  }

  async run(): Promise<Outcome> {
    try {
      await this.#live()
      if (this.#scenario.offline) await this.#stay()
      else {
        await this.#heal()
        await this.#leave()
      }
    } catch (error) {
      this.judge.violated(
        `the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
    }
    return {
      seed: this.#scenario.seed,
      violations: this.judge.violations,
      trace: this.trace,
      edits: this.judge.keptCount,
      requests: this.network.sent,
      storeEvents: this.#storeEvents,
      events: this.loop.count,
      virtualMs: this.loop.nowMs,
    }
  }

  /** The part with trouble. */
  async #live(): Promise<void> {
    const { dice } = this
    if (this.#scenario.offline) this.#setWeather('dead')
    this.#openTab()
    await this.#until(this.#login(this.#tabs[0]!, dice.pick(accounts)), 60_000)
    const actions = this.#scenario.actions ?? dice.integer(10, 45)
    for (let action = 0; action < actions; action++) {
      const pauseMs = dice.weighted({ short: 5, middle: 4, long: this.#style === 'freezing' ? 4 : 1 })
      await this.#pass(
        pauseMs === 'short' ? dice.between(0, 40) : dice.between(50, pauseMs === 'middle' ? 3_000 : 60_000),
      )
      this.#act()
    }
  }

  #act(): void {
    const { dice } = this
    const running = this.#tabs.filter(({ platform, closing }) => platform.state === 'running' && !closing)
    const tab = running.length ? dice.pick(running) : undefined
    if (!tab) {
      const frozen = this.#tabs.find(({ platform }) => platform.state === 'frozen')
      if (frozen && dice.chance(0.5)) return this.#thaw(frozen)
      if (this.#tabs.length < 4) this.#openTab()
      return
    }
    const several = this.#mostTabs > 1 ? 1 : 0
    const kind = dice.weighted({
      edit: 22,
      burst: 8,
      flush: 3,
      refresh: 2,
      logout: 1,
      login: 2,
      fault: 4,
      open: 3 * several,
      close: 2,
      crash: this.#style === 'slow' ? 6 : 3,
      kill: 2,
      freeze: this.#style === 'freezing' ? 6 : 2,
      trap: several * (this.#style === 'freezing' ? 12 : 2),
      thaw: 3,
      hide: 1,
      weather: 8,
      online: 2,
      other: 4,
      sessions: 1,
      jump: this.#jumps ? 2 : 0,
      full: this.#storageTrouble ? 1 : 0,
      lose: this.#storageTrouble && this.disk.engine === 'webkit' ? 2 : 0,
      delete: this.#losing ? 2 : 0,
      evict: this.#losing ? 2 : 0,
    })
    switch (kind) {
      case 'edit':
        return this.#workload.edit(tab)
      case 'burst':
        for (let left = dice.integer(2, 6); left; left--) this.#workload.edit(tab)
        // Its answer and those of the edits overtake each other.
        return dice.chance(0.3) ? this.#try(tab, 'refresh', this.#workload.refresh(tab)) : undefined
      case 'flush':
        return this.#try(tab, 'flush', tab.app.flush())
      case 'refresh':
        return this.#try(tab, 'refresh', this.#workload.refresh(tab))
      case 'logout':
        this.#callAcross()
        return this.#logout(tab)
      case 'login':
        this.#callAcross()
        return void this.#login(tab, dice.pick(accounts))
      case 'fault':
        return this.#workload.answerFault(tab)
      case 'open':
        return this.#tabs.length < this.#mostTabs ? this.#openTab() : undefined
      case 'close':
        return this.#close(tab)
      case 'crash':
        return this.#crash(tab)
      case 'kill':
        return this.kill()
      case 'freeze':
        return this.#freeze(tab)
      case 'trap':
        return this.#setTrap(tab)
      case 'thaw': {
        const frozen = this.#tabs.find(({ platform }) => platform.state === 'frozen')
        return frozen && this.#thaw(frozen)
      }
      case 'hide':
        return tab.platform.happen(tab.platform.hidden ? 'show' : 'hide')
      case 'weather':
        return this.#setWeather(this.#style === 'slow' && dice.chance(0.5) ? 'slow' : dice.pick(weatherNames))
      case 'online':
        return this.#setOnline(!this.device.online)
      case 'other':
        return this.#workload.writeElsewhere()
      case 'sessions':
        this.note('the server ends sessions')
        return this.#workload.server.endSessions(tab.account)
      case 'jump':
        this.device.skewMs += dice.pick([-3_600_000, -60_000, 60_000, 3_600_000])
        this.judge.clockIsSet(this.device.skewMs)
        return this.note(`the clock is now off by ${this.device.skewMs} ms`)
      case 'full':
        this.disk.full = !this.disk.full
        return this.note(`disk full: ${this.disk.full}`)
      case 'lose':
        this.note('the storage process dies')
        this.disk.loseConnections()
        // The commit under way may be on the disk, and nobody knows whose it is.
        return this.judge.committed(this.disk.database('sim').current)
      case 'delete':
        this.note('another page deletes the database')
        remove(this.disk, { state: 'running' }, 'sim')
        return this.#logInSoon(tab)
      case 'evict':
        this.note('the database is evicted')
        this.disk.evict('sim')
        return this.#logInSoon(tab)
    }
  }

  /** As a rule a person who finds the session gone logs in, and goes on. */
  #logInSoon(tab: Tab): void {
    const { dice } = this
    this.loop.schedule(dice.between(0, 3_000), tab.platform, () => {
      if (tab.closing || this.#quiet || !dice.chance(0.8)) return
      this.#try(
        tab,
        'go on',
        this.#login(tab, dice.pick(accounts)).then(() => tab.closing || this.#workload.edit(tab)),
      )
    })
  }

  #openTab(): void {
    const platform = new TabPlatform(this.device)
    const { name } = platform
    this.note(`${name} opens`)
    const workload = this.#workload
    const app = workload.open(platform)
    const tab: Tab = { platform, app, closing: false, account: undefined }
    this.#tabs.push(tab)
    workload.onSession(app, (session) => {
      if (platform.state === 'dead') return
      tab.account = session.account
      this.judge.hearsOf(name, session.account)
      this.note(`${name} session ${JSON.stringify(session)}`)
    })
    workload.watch(tab)
    app.storage$.subscribe((state) => {
      if (state === 'lost' && platform.state !== 'dead') this.judge.lossWasSaid()
      if (platform.state !== 'dead') this.note(`${name} storage ${state}`)
    })
    if (this.dice.chance(0.3)) app.pending$.subscribe(() => {})
  }

  #login(tab: Tab, account: string): Promise<void> {
    const stayLoggedIn = this.dice.chance(0.8)
    this.note(`${tab.platform.name} logs ${account} in`)
    // Somebody goes on typing while the account changes.
    if (!this.#quiet && this.dice.chance(0.3))
      for (let left = 12; left; left--) {
        this.loop.schedule(this.dice.between(20, 300), tab.platform, () => {
          if (!tab.closing && !this.#quiet) this.#workload.edit(tab)
        })
      }
    return this.#called(tab, account, () => this.#workload.login(tab.app, account, stayLoggedIn))
  }

  /** Others log in and out before the answer has come, in any tab. */
  #callAcross(): void {
    const crowd = this.#crowd
    for (let left = crowd?.integer(1, 3) ?? 0; left; left--)
      this.loop.schedule(crowd!.pick([crowd!.between(0, 5), crowd!.between(0, 2_000)]), undefined, () => {
        const awake = this.#tabs.filter(({ platform, closing }) => platform.state === 'running' && !closing)
        if (this.#quiet || !awake.length) return
        if (crowd!.chance(0.3)) this.#logout(crowd!.pick(awake))
        else void this.#login(crowd!.pick(awake), crowd!.pick(accounts))
      })
  }

  /** A call that says who is to be logged in. */
  async #called(tab: Tab, account: string | undefined, make: () => Promise<unknown>): Promise<void> {
    const call: SessionCall = { tab: tab.platform.name, account }
    this.judge.calls(call)
    const made = make()
    made.then(
      () => this.judge.hasCalled(call),
      ({ name }: Error) => tab.platform.state !== 'dead' && this.judge.hasCalled(call, name),
    )
    await this.#tried(tab, account ? `login ${account}` : 'logout', made)
  }

  #logout(tab: Tab): void {
    const pending = this.dice.pick(['keep', 'send', 'discard', undefined] as const)
    // A tab that is still opening speaks for the account that it finds logged in.
    if (pending === 'discard')
      for (const account of accounts) if (account === (tab.account ?? account)) this.judge.discards.add(account)
    this.note(`${tab.platform.name} logs out (${pending})`)
    void this.#called(tab, undefined, () => this.#workload.logout(tab.app, pending))
  }

  #follow(tab: Tab, made: Made, saving: Promise<SavedEdit>): void {
    const { platform, app } = tab
    const { n } = made
    saving.then(
      (edit) => {
        if (platform.state === 'dead') return
        made.state = 'saved'
        made.id = edit.id
        this.note(`${platform.name} saved ${n}`)
        made.isAwaited = true
        made.isAskedById = n % 2 === 0
        const settled = n % 2 ? edit.settled : app.settlement(edit.id)
        void settled.then(({ outcome }) => {
          made.isAwaited = false
          // A tab that closes tells only that.
          if (platform.state !== 'dead' && !tab.closing) this.judge.told(made, outcome)
        })
      },
      (error: Error & { outcome?: string }) => {
        if (platform.state === 'dead') return
        made.state = error.outcome === 'unknown' ? 'unknown' : 'failed'
        this.note(`${platform.name} not saved ${n}: ${error.name} ${error.message}`)
        this.#checkError(tab, `edit ${n}`, error, false)
      },
    )
  }

  #close(tab: Tab): void {
    this.note(`${tab.platform.name} closes`)
    tab.closing = true
    this.#tabs = this.#tabs.filter((other) => other !== tab)
    this.#try(
      tab,
      'close',
      tab.app.close().then(() => {
        // A client that was given up at the last moment may take a transaction to notice it.
        this.loop.schedule(lastMomentMs, tab.platform, () => {
          this.#checkLeftovers(tab)
          tab.platform.die()
          this.disk.killTab(tab.platform)
          this.judge.forgetTab(tab.platform.name)
        })
      }),
    )
  }

  #crash(tab: Tab): void {
    this.note(`${tab.platform.name} crashes`)
    this.#tabs = this.#tabs.filter((other) => other !== tab)
    for (const made of this.judge.made)
      if (made.tab === tab.platform.name && made.state === 'making') made.state = 'unknown'
    tab.platform.die()
    this.disk.killTab(tab.platform)
  }

  /** The whole browser is killed. */
  kill(): void {
    this.note('the browser is killed')
    for (const { platform } of this.#tabs) platform.die()
    for (const port of Array.from(this.device.ports)) port.tab.die()
    this.#tabs = []
    this.disk.kill({ power: this.dice.chance(0.2), tear: this.dice.chance(0.1) })
    // A commit on its way to the disk may have reached it, with nobody left to hear of that.
    this.judge.committed(this.disk.database('sim').current)
    for (const made of this.judge.made) if (made.state === 'making') made.state = 'unknown'
    const back = this.dice.between(10, 3_000)
    this.loop.schedule(back, undefined, () => {
      if (!this.#tabs.length) this.#openTab()
    })
  }

  #freeze(tab: Tab): void {
    this.note(`${tab.platform.name} freezes`)
    this.#hasFrozen = true
    if (!tab.platform.hidden) tab.platform.happen('hide')
    if (this.dice.chance(0.7)) tab.platform.happen('freeze')
    else tab.platform.state = 'frozen'
  }

  /** The next work of this tab is cut short by a freeze that nobody announces. */
  #setTrap(tab: Tab): void {
    const { dice } = this
    const moment = dice.pick(['commit', 'committed', 'complete', 'sent', 'arrived'] as const)
    const isRequest = moment === 'sent' || moment === 'arrived'
    this.#trap = { tab: tab.platform, moment, skip: dice.integer(0, isRequest ? 1 : 3) }
    if (dice.chance(0.7) && !tab.platform.hidden) tab.platform.happen('hide')
    this.#workload.edit(tab)
  }

  /** In a trap: another tab takes over meanwhile, and then the first one is back and goes on where it was. */
  #passBy(moment: Trap['moment'], context: Context): void {
    const trap = this.#trap
    if (trap?.tab !== context || trap.moment !== moment || trap.skip-- > 0) return
    const { dice, loop } = this
    this.#trap = undefined
    // One that is closing would never come back.
    if (!this.#tabs.some(({ platform }) => platform === context)) return
    this.#hasFrozen = true
    this.note(`${trap.tab.name} freezes without a word (${moment})`)
    loop.afterTurn(() => trap.tab.state === 'running' && (trap.tab.state = 'frozen'))
    const takesOverMs = dice.between(10, 2_000)
    // A waiting tab takes the lease after 10 or 90 s of silence; requests of before are under way for 30 s.
    const backMs = takesOverMs + (trap.tab.hidden ? dice.between(10_500, 30_000) : dice.between(90_500, 120_000))
    this.#thawAtMs = Math.max(this.#thawAtMs, loop.nowMs + backMs)
    loop.schedule(takesOverMs, undefined, () => {
      const other = this.#tabs.find(({ platform, closing }) => platform.state === 'running' && !closing)
      if (other) this.#workload.edit(other)
      else this.#openTab()
    })
    loop.schedule(backMs, undefined, () => {
      const tab = this.#tabs.find(({ platform }) => platform === trap.tab)
      if (tab?.platform.state !== 'frozen') return
      this.#thaw(tab)
      loop.schedule(dice.between(0, 2_000), trap.tab, () => !tab.closing && !this.#quiet && this.#workload.edit(tab))
    })
  }

  #thaw(tab: Tab): void {
    this.note(`${tab.platform.name} thaws`)
    tab.platform.thaw()
    tab.platform.happen('resume')
    if (tab.platform.hidden) tab.platform.happen('show')
  }

  #setWeather(weather: Weather): void {
    this.note(`weather ${weather}`)
    this.network.weather = this.#scenario.offline ? 'dead' : weather
  }

  #setOnline(online: boolean): void {
    this.note(`online: ${online}`)
    this.device.online = online
    for (const { platform } of this.#tabs) platform.tellOnline(online)
  }

  /** The trouble is over: all that is pending has to reach its fate. */
  async #heal(): Promise<void> {
    const { dice } = this
    this.note('-- healing')
    this.#trap = undefined
    await this.#pass(Math.max(1, this.#thawAtMs + 1_000 - this.loop.nowMs))
    this.#quiet = true
    this.#setWeather('fine')
    this.#setOnline(!this.#blind)
    this.disk.full = false
    for (const tab of Array.from(this.#tabs)) if (tab.platform.state === 'frozen') this.#thaw(tab)
    for (const tab of this.#tabs.slice(1)) if (dice.chance(0.4)) this.#crash(tab)
    await this.#pass(dice.between(0, 20_000))
    if (!this.#tabs.length) this.#openTab()
    for (const unopened of this.#tabs.filter((tab) => this.#isUnopened(tab))) {
      this.#crash(unopened)
      this.#openTab()
    }
    await this.#pass(1_000)
    // Killed just now: it comes back within three seconds.
    if (!this.#tabs.length) await this.#pass(4_000)
    const tab = this.#tabs[0]!
    const limitMs = this.loop.nowMs + drainWithinMs
    for (const account of accounts) {
      // Asked of the dice first: what is owed changes no other world.
      if (!this.judge.pendingOf(account) && dice.chance(0.7) && !this.judge.owes(account)) continue
      // A session that ended before is noticed only now, and by a request: a person logs in again.
      for (let logins = 0; logins < 4; logins++) {
        const isSignedIn = (): boolean => {
          const session = this.#workload.session(tab.app)
          return session.state === 'signed-in' && session.account === account
        }
        if (!isSignedIn()) await this.#until(this.#login(tab, account), 600_000)
        const done = (): boolean => !this.judge.pendingOf(account) || !isSignedIn()
        if (isSignedIn()) this.#workload.answerWaiting?.(tab)
        const ended = await this.loop.run(done, limitMs)
        if (ended !== 'done') this.judge.violated(`the edits of ${account} are stuck (${ended})`)
        if (!this.judge.pendingOf(account)) break
      }
      // Copies of its requests may still be under way, and the look-backs after them; the end of a session ends those.
      await this.#pass(90_000)
    }
    await this.#pass(150_000)
    const sleeping = (): string[] => this.#tabs.flatMap(({ platform }) => (platform.sleepers ? [platform.name] : []))
    // A list that was not complete, or whose backend was held, is pulled again within five minutes.
    if (this.#scenario.lists && sleeping().length) await this.#pass(300_000)
    const idle = sleeping()
    if (idle.length) this.judge.violated(`${idle.join()} keeps timers with nothing to do`)
  }

  /** Nothing was sent: all tabs, and one that is opened now, have to show the same, and keep it. */
  async #stay(): Promise<void> {
    this.note('-- staying offline')
    this.#trap = undefined
    await this.#pass(Math.max(4_000, this.#thawAtMs + 1_000 - this.loop.nowMs))
    this.#quiet = true
    this.disk.full = false
    for (const tab of this.#tabs) if (tab.platform.state === 'frozen') this.#thaw(tab)
    await this.#pass(20_000)
    this.#openTab()
    await this.#pass(10_000)
    const shown = new Map<string, string>()
    for (const tab of this.#tabs) {
      if (tab.account === undefined || this.#isUnopened(tab)) continue
      const shows = this.#workload.shows(tab)
      const before = shown.get(tab.account)
      shown.set(tab.account, shows)
      if (before !== undefined && shows !== before)
        this.judge.violated(`${tab.platform.name} shows ${shows}, and another tab ${before}`)
    }
    for (const tab of Array.from(this.#tabs)) this.#close(tab)
    await this.#pass(3_600_000)
    this.judge.end(this.disk.database('sim').current.stores)
  }

  /** A document that storage refused when it opened stays so until it is reloaded, with what it showed by then. */
  #isUnopened({ app }: Tab): boolean {
    return app.storage$.value === 'unavailable'
  }

  /** Compares what is shown with what the server has, and closes everything. */
  async #leave(): Promise<void> {
    for (const tab of this.#tabs) {
      if (this.#workload.session(tab.app).state !== 'signed-in') continue
      const { times, pauseMs } = this.#workload.looks ?? { times: 1, pauseMs: 1_000 }
      for (let left = times; left; left--) {
        await this.#until(this.#tried(tab, 'refresh', this.#workload.refresh(tab)), 600_000)
        await this.#pass(pauseMs)
      }
      if (this.#workload.session(tab.app).state !== 'signed-in') continue
      this.#workload.compare(tab)
      const { pending, phase } = tab.app.status$.value
      if (pending || phase !== 'idle') this.judge.violated(`${tab.platform.name} is ${phase} with ${pending} pending`)
    }
    this.judge.checkAwaited(new Set(this.#tabs.map(({ platform }) => platform.name)))
    for (const tab of Array.from(this.#tabs)) this.#close(tab)
    const ended = await this.loop.run(() => false, this.loop.nowMs + 3_600_000)
    if (ended !== 'idle') this.judge.violated('something goes on after all tabs were closed')
    this.judge.finish(this.disk.database('sim').current.stores)
  }

  #checkLeftovers({ platform }: Tab): void {
    // Transactions end when those before them have, and a database opens when nobody is in the way: a frozen tab can hold both up.
    const leftovers = platform.leftovers.filter(
      (left) => !(this.#hasFrozen && /connections|timers|visibility/.test(left)),
    )
    if (leftovers.length) this.judge.violated(`${platform.name} closed and kept ${leftovers.join(', ')}`)
  }

  #storeEvent(event: StoreEvent, { context, database }: StoreWork): void {
    this.#storeEvents++
    const { current } = this.disk.database('sim')
    if (event === 'committed') this.judge.committed(current, (context as TabPlatform).name)
    if (database === 'sim') this.#passBy(event, context)
    if (this.#storeEvents === this.#scenario.crashAt) this.kill()
  }

  #try(tab: Tab, what: string, promise: Promise<unknown>): void {
    void this.#tried(tab, what, promise)
  }

  async #tried(tab: Tab, what: string, promise: Promise<unknown>): Promise<void> {
    const wasQuiet = this.#quiet
    try {
      await promise
      if (tab.platform.state !== 'dead') this.note(`${tab.platform.name} ${what}: done`)
    } catch (error) {
      if (tab.platform.state === 'dead') return
      this.note(`${tab.platform.name} ${what}: ${String(error)}`)
      this.#checkError(tab, what, error as Error, wasQuiet)
    }
  }

  /** An app is given errors of the library only, and trouble with storage only where there is some. */
  #checkError(tab: Tab, what: string, error: Error, isQuiet: boolean): void {
    const known = [
      'FaultError',
      'NotLoggedInError',
      'SupersededError',
      'PendingEditsError',
      'FaultClosedError',
      'ClosedError',
      'InvalidEditError',
    ]
    const isStorage = error.name === 'StorageError'
    // A frozen tab can hold a transaction open, which blocks the others.
    if (isStorage && (this.#storageTrouble || this.#hasFrozen || this.#losing) && !isQuiet) return
    if (!known.includes(error.name))
      this.judge.violated(`${tab.platform.name} ${what} failed with ${error.name}: ${error.message}`)
  }

  async #pass(ms: number): Promise<void> {
    const untilMs = this.loop.nowMs + ms
    await this.loop.run(() => false, untilMs)
    this.loop.nowMs = Math.max(this.loop.nowMs, untilMs)
  }

  async #until(promise: Promise<unknown>, withinMs: number): Promise<void> {
    let done = false
    void promise.finally(() => (done = true))
    await this.loop.run(() => done, this.loop.nowMs + withinMs)
  }
}
