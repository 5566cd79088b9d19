/** The data of the modelled states. */
export interface ModelData {
  readonly items: readonly unknown[]
  readonly steps?: readonly number[]
}

interface Stored {
  readonly data: ModelData
  readonly version: number
}

interface ModelCheckpoint extends Stored {
  readonly label: string | undefined
  pinned: boolean
  forked: boolean
}

interface ModelState {
  current: Stored | undefined
  /** Counts the writes of the current state, whoever made them. */
  revision: number
  checkpoints: ModelCheckpoint[]
}

interface ModelLive {
  value: ModelData
  saved: ModelData | undefined
  /** The revision that it saw last. */
  seen: number
  done: ModelData[]
  undone: ModelData[]
}

/** What a call gives: a value, or the code of an error. */
export type Outcome = { readonly value?: unknown } | { readonly code: string }

/** States, their histories and the live states of several processes, written as plainly as can be. */
export class HistoryModel {
  readonly #states = new Map<string, ModelState>()
  readonly #lives = new Map<string, ModelLive>()

  state(name: string): ModelState {
    let state = this.#states.get(name)
    if (state === undefined) {
      state = { current: undefined, revision: 0, checkpoints: [] }
      this.#states.set(name, state)
    }
    return state
  }

  names(): string[] {
    return [...this.#states.keys()]
  }

  save(name: string, version: number, data: ModelData, label: string | boolean): Outcome {
    if (this.#isNewer(name, version)) return { code: "ERR_PERSIST_NEWER" }
    this.#write(name, { data, version })
    if (label !== false) this.#record(name, { data, version }, label)
    return {}
  }

  /** Reads, upgrades what is old, and keeps it so. */
  load(name: string, version: number): Outcome {
    const { current } = this.state(name)
    if (current === undefined) return {}
    if (current.version > version) return { code: "ERR_PERSIST_NEWER" }
    const data = upgraded(current, version)
    if (current.version < version) this.#write(name, { data, version })
    return { value: data }
  }

  loadAt(name: string, version: number, index: number): Outcome {
    const stored = this.state(name).checkpoints[index]!
    if (stored.version > version) return { code: "ERR_PERSIST_NEWER" }
    return { value: upgraded(stored, version) }
  }

  grow(name: string, version: number, item: unknown): Outcome {
    const { current } = this.state(name)
    if (current && current.version > version) return { code: "ERR_PERSIST_NEWER" }
    const before = current ? upgraded(current, version) : { items: [] }
    const data = { ...before, items: [...before.items, item] }
    this.#write(name, { data, version })
    this.#record(name, { data, version }, true)
    return { value: data }
  }

  restore(name: string, program: number, index: number): Outcome {
    if (this.#isNewer(name, program)) return { code: "ERR_PERSIST_NEWER" }
    const { data, version } = this.state(name).checkpoints[index]!
    this.#write(name, { data, version })
    this.#record(name, { data, version }, true)
    return {}
  }

  pin(name: string, index: number): Outcome {
    this.state(name).checkpoints[index]!.pinned = true
    return {}
  }

  thin(name: string, last: number): Outcome {
    const state = this.state(name)
    state.checkpoints = state.checkpoints.filter(
      ({ pinned, forked, label }, index, all) =>
        pinned || forked || label !== undefined || index >= all.length - last,
    )
    return {}
  }

  fork(name: string, to: string, index: number): Outcome {
    const from = this.state(name).checkpoints[index]!
    if (this.state(to).current !== undefined) return { code: "ERR_PERSIST_CONFLICT" }
    from.forked = true
    const { data, version } = from
    this.#write(to, { data, version })
    this.#record(to, { data, version }, true)
    return {}
  }

  live(agent: number, name: string, version: number): Outcome {
    const key = `${agent} ${name}`
    if (!this.#lives.has(key)) {
      const found = this.load(name, version)
      if ("code" in found) return found
      const { revision } = this.state(name)
      const stored = "value" in found ? (found.value as ModelData) : undefined
      const value = stored ?? { items: [] }
      this.#lives.set(key, { value, saved: stored, seen: revision, done: [], undone: [] })
    }
    return { value: this.#lives.get(key)!.value }
  }

  set(agent: number, name: string, data: ModelData): Outcome {
    const live = this.#lives.get(`${agent} ${name}`)!
    live.done.push(live.value)
    live.undone = []
    live.value = data
    return {}
  }

  undo(agent: number, name: string): Outcome {
    const live = this.#lives.get(`${agent} ${name}`)!
    const before = live.done.pop()
    if (before === undefined) return { value: false }
    live.undone.push(live.value)
    live.value = before
    return { value: true }
  }

  redo(agent: number, name: string): Outcome {
    const live = this.#lives.get(`${agent} ${name}`)!
    const after = live.undone.pop()
    if (after === undefined) return { value: false }
    live.done.push(live.value)
    live.value = after
    return { value: true }
  }

  /** Saves a live state, unless somebody else wrote meanwhile: then what they wrote is taken. */
  flush(agent: number, name: string, version: number): Outcome {
    const live = this.#lives.get(`${agent} ${name}`)!
    if (live.value === live.saved) return { value: "saved" }
    if (live.seen === this.state(name).revision) {
      this.#write(name, { data: live.value, version })
      Object.assign(live, { saved: live.value, seen: this.state(name).revision })
      return { value: "saved" }
    }
    const found = this.load(name, version)
    if ("code" in found) return found
    const value = found.value as ModelData
    const { revision } = this.state(name)
    Object.assign(live, { value, saved: value, seen: revision, done: [], undone: [] })
    return { value: { overtaken: value } }
  }

  #isNewer(name: string, version: number): boolean {
    return (this.state(name).current?.version ?? 0) > version
  }

  #write(name: string, stored: Stored): void {
    const state = this.state(name)
    state.current = stored
    state.revision++
  }

  #record(name: string, stored: Stored, label: string | boolean): void {
    const text = typeof label === "string" ? label : undefined
    this.state(name).checkpoints.push({ ...stored, label: text, pinned: false, forked: false })
  }
}

function upgraded({ data, version }: Stored, to: number): ModelData {
  let current = data
  for (let step = version + 1; step <= to; step++) {
    current = { ...current, steps: [...(current.steps ?? []), step] }
  }
  return current
}
