import type { components } from './gateway'
import { say } from './language.svelte'

type Schemas = components['schemas']
export type State = Schemas['StateView']
export type TileData = Schemas['TileView']
export type Saved = Schemas['SavedView']
export type Lesson = Schemas['LessonView']
export type Result = Schemas['ResultView']
export type Run = Schemas['RunView']
type Message = Schemas['StateMessage'] | Schemas['TilesMessage'] | Schemas['SavedMessage']

/** A pupil whom only the platform knows has no name here yet: the number stands for it, in the language of the moment. */
function named(tiles: TileData[]): TileData[] {
  for (const tile of tiles) if (!tile.name) Object.defineProperty(tile, 'name', { enumerable: true, get: () => say('nameless', tile.number) })
  return tiles
}

// One signal a field: a new number touches one text node, not the page.
export class Tile {
  data = $state.raw<TileData>() as TileData
  count = $state(0)
  cadence = $state<number | null>(null)
  heart = $state<number | null>(null)
  zone = $state(0)
  place = $state<number | null>(null)
  constructor(data: TileData) {
    this.apply(data)
  }
  apply(data: TileData): void {
    this.count = data.count
    this.cadence = data.cadence_per_min
    this.heart = data.heart_rate_bpm
    this.zone = data.heart_zone
    this.place = data.place
    const before = this.data as TileData | undefined
    const same = before && JSON.stringify([before.foot, before.plus_minus, before.result, before.present, before.silent_s, before.station])
      === JSON.stringify([data.foot, data.plus_minus, data.result, data.present, data.silent_s, data.station])
    if (!same) this.data = data
  }
  get needs(): boolean {
    return this.data.foot.kind === 'need' || this.data.foot.kind === 'alarm'
  }
}

/** The same runner is the same object as long as nothing about him has changed: only rows that change are drawn again. */
function shared(old: Run | null, fresh: Run | null): Run | null {
  if (old === null || fresh === null) return fresh
  return { ...fresh, runners: fresh.runners.map((runner, at) => (JSON.stringify(old.runners[at]) === JSON.stringify(runner) ? old.runners[at]! : runner)) }
}

export type Connection = 'connecting' | 'live' | 'lost' | 'refused'
export type Refusal = { zh: string; en: string }

/** The gateway's state, kept fresh over one WebSocket; comes back by itself with jitter. */
export class Live {
  state = $state.raw<State | null>(null)
  tiles = $state.raw<Tile[]>([])
  run = $state.raw<Run | null>(null)
  saved = $state.raw<Saved>({ state: 'connecting', waiting: 0 })
  connection = $state<Connection>('connecting')
  lostAt = $state(0)
  refusal = $state.raw<Refusal | null>(null)
  now = $state(Date.now())
  #offset = 0
  #waiting: Message[] = []
  #drawn = true

  start(): void {
    this.#open()
    setInterval(() => (this.now = Date.now() + this.#offset), 100)
  }

  #open(): void {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`)
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data as string) as Message)
    socket.onclose = (event) => {
      if (event.code === 4401) {
        this.connection = 'refused'
        return
      }
      if (this.connection === 'live') this.lostAt = this.now
      this.connection = this.state ? 'lost' : 'connecting'
      setTimeout(() => this.#open(), 300 + Math.random() * 700)
    }
  }

  // Only the newest of each kind is applied, once a picture.
  #receive(message: Message): void {
    this.#waiting = message.type === 'state' ? [message] : [...this.#waiting.filter((old) => old.type !== message.type), message]
    if (this.#drawn) {
      this.#drawn = false
      requestAnimationFrame(() => {
        this.#drawn = true
        const messages = this.#waiting
        this.#waiting = []
        for (const one of messages) this.#apply(one)
      })
    }
  }

  #apply(message: Message): void {
    this.connection = 'live'
    if (message.type === 'state') {
      this.take(message.state)
    } else if (message.type === 'saved') {
      this.saved = message.saved
    } else if (this.state?.lesson?.heat.id === message.heat) {
      this.#setClock(message.now_ms)
      named(message.tiles).forEach((data, at) => this.tiles[at]?.apply(data))
      this.run = shared(this.run, message.run)
    }
  }

  take(state: State): void {
    this.#setClock(state.now_ms)
    this.state = state
    this.saved = state.saved
    this.run = shared(this.run, state.lesson?.heat.run ?? null)
    const tiles = named(state.lesson?.heat.tiles ?? [])
    const same = tiles.length === this.tiles.length && tiles.every((data, at) => data.attempt === this.tiles[at]?.data.attempt)
    if (same) tiles.forEach((data, at) => this.tiles[at]?.apply(data))
    else this.tiles = tiles.map((data) => new Tile(data))
  }

  #setClock(now_ms: number): void {
    this.#offset = now_ms - Date.now()
    this.now = now_ms
  }

  /** The gateway's time at this very moment: when a finger came down. */
  moment(): number {
    return Date.now() + this.#offset
  }

  async send(path: string, body: unknown = {}): Promise<boolean> {
    const state = await this.ask<State>(path, body)
    if (state) this.take(state)
    return state !== null
  }

  /** Ask the gateway for something else than its state; without a body it is read only. `null` after a refusal, which is shown. */
  async ask<Answer>(path: string, body?: unknown): Promise<Answer | null> {
    const form = body instanceof FormData
    try {
      const answer = await fetch(path, body === undefined ? {} : {
        method: 'POST', headers: form ? {} : { 'Content-Type': 'application/json' }, body: form ? body : JSON.stringify(body),
      })
      const told: unknown = await answer.json()
      if (answer.ok) {
        this.refusal = null
        return told as Answer
      }
      const problem = told as Schemas['Problem']
      this.refusal = { zh: problem.message_zh, en: problem.message_en }
    } catch {
      this.refusal = { zh: '网关没有回答，请稍后再试', en: 'The gateway does not answer: try again in a moment' }
    }
    return null
  }
}
