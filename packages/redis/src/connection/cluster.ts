import { setTimeout as delay } from "node:timers/promises"
import { whenAborted } from "@persist/core/options"
import { isOfReplica } from "../errors/server-errors.ts"
import { type Address, shownAddress } from "./address.ts"
import { askMap, type ClusterMap, ownerOf } from "./cluster-map.ts"
import { Endpoint, Refusal, Unreachable, type Wait } from "./endpoint.ts"
import { hashSlot } from "./hash-slot.ts"
import type { Link } from "./link.ts"
import type { Location } from "./location.ts"
import { type NamedPlace, redirectionIn } from "./named-place.ts"
import { askOnce, type LinkSettings, openLink } from "./open-link.ts"
import type { Topology } from "./topology.ts"

/** Milliseconds that the owner of a slot is tried for before the nodes are asked again who that is. */
const patience = 250
/** Milliseconds that a node has to answer who owns what; one that is stopped says nothing. */
const askTimeout = 1_000
/** How many nodes are asked at once. */
const mostAsked = 6

/** A Redis Cluster: one connection to each primary that holds a shard. */
export class Cluster implements Topology {
  readonly isSharded = true
  readonly #location: Location
  readonly #settings: LinkSettings
  readonly #prefix: string
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #owners: (Endpoint | undefined)[] = []
  readonly #slots: number[] = []
  #map: ClusterMap | undefined
  #asking: Promise<void> | undefined
  #isClosed = false

  constructor(location: Location, prefix: string, settings: LinkSettings) {
    this.#location = location
    this.#settings = settings
    this.#prefix = prefix
  }

  link(shard: number): Link | undefined {
    return this.#owners[shard]?.link
  }

  async ready(shard: number, { until, signal }: Wait): Promise<Link> {
    let failure: unknown
    while (!this.#isClosed) {
      const owner = this.#owner(shard)
      const now = performance.now()
      try {
        const patient = Math.min(until, now + patience)
        if (owner !== undefined) return await owner.ready({ until: patient, signal })
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
        failure = error.cause
      }
      if (now >= until) break
      failure = (await this.#ask(until, signal)) ?? failure
      if (failure instanceof Refusal) throw failure
      if (this.#owner(shard) === owner) await delay(20 + Math.random() * 40)
    }
    const cause = failure ?? new Error("None of its nodes has answered.")
    throw new Unreachable("No node that serves the slot in time.", { cause })
  }

  misdirected(shard: number, link: Link, answer: string): void {
    const place = redirectionIn(answer, link.place)
    if (place !== undefined) this.#owners[shard] = this.#endpointAt(place)
    else if (isOfReplica(answer)) link.fail(new Error("The server is a replica by now."))
    // The one who sent us on may know more, for the other shards too.
    void this.#ask(performance.now() + askTimeout, undefined)
  }

  redirected(link: Link, answer: string, wait: Wait): Promise<Link> {
    const place = redirectionIn(answer, link.place)
    if (place === undefined) return Promise.reject(new Unreachable(answer))
    return this.#endpointAt(place).ready(wait)
  }

  close(): void {
    this.#isClosed = true
    for (const endpoint of this.#endpoints.values()) endpoint.close()
  }

  #owner(shard: number): Endpoint | undefined {
    const known = this.#owners[shard]
    if (known !== undefined || this.#map === undefined) return known
    this.#slots[shard] ??= hashSlot(`${this.#prefix}:${shard}`)
    const address = ownerOf(this.#map, this.#slots[shard])
    if (address === undefined) return undefined
    this.#owners[shard] = this.#endpoint(address)
    return this.#owners[shard]
  }

  #endpointAt({ host, port }: NamedPlace): Endpoint {
    return this.#endpoint(this.#location.locate(host, port))
  }

  #endpoint(address: Address): Endpoint {
    const name = shownAddress(address)
    let endpoint = this.#endpoints.get(name)
    if (endpoint === undefined) {
      endpoint = new Endpoint((lost) => openLink(address, this.#settings, lost))
      this.#endpoints.set(name, endpoint)
    }
    return endpoint
  }

  /** Asks who owns what, one question at a time. @returns Why nobody could tell, if so. */
  async #ask(until: number, signal: AbortSignal | undefined): Promise<unknown> {
    this.#asking ??= this.#askNodes().finally(() => {
      this.#asking = undefined
    })
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const stop = () => resolve()
    const timer = setTimeout(stop, Math.max(0, until - performance.now()))
    const leave = signal && whenAborted(signal, stop)
    try {
      await Promise.race([this.#asking, late])
      return undefined
    } catch (error) {
      return error
    } finally {
      clearTimeout(timer)
      leave?.()
      signal?.throwIfAborted()
    }
  }

  async #askNodes(): Promise<void> {
    const views: ClusterMap[] = []
    const nodes = this.#someNodes()
    const answers = nodes.map((node) => this.#askNode(node).then((view) => void views.push(view)))
    const all = Promise.allSettled(answers)
    // Whoever is stopped must not hold up the others for longer than it takes them.
    await Promise.any(answers).catch(({ errors }: AggregateError) => {
      throw errors.find((error) => error instanceof Refusal) ?? errors.at(-1)
    })
    await Promise.race([all, delay(patience / 2)])
    const latest = views.reduce((one, other) => (other.epoch > one.epoch ? other : one))
    if (this.#map !== undefined && latest.epoch < Math.floor(this.#map.epoch)) return
    this.#map = latest
    this.#owners.length = 0
    this.#drop(latest)
  }

  async #askNode(node: Address): Promise<ClusterMap> {
    const limits = { ...this.#settings, connectTimeout: askTimeout, silence: askTimeout }
    return askOnce(node, limits, (link) => askMap(link, node, this.#location))
  }

  /** Some of the nodes that are known, the ones to begin with among them. */
  #someNodes(): Address[] {
    const byName = new Map<string, Address>()
    for (const node of [...this.#location.nodes, ...(this.#map?.nodes ?? [])]) {
      byName.set(shownAddress(node), node)
    }
    const shuffled = [...byName.values()].map((node) => ({ node, order: Math.random() }))
    shuffled.sort((one, other) => one.order - other.order)
    return shuffled.slice(0, mostAsked).map(({ node }) => node)
  }

  /** Gives up connections to nodes that have left. */
  #drop({ nodes }: ClusterMap): void {
    const names = new Set(nodes.map(shownAddress))
    for (const [name, endpoint] of this.#endpoints) {
      if (names.has(name)) continue
      this.#endpoints.delete(name)
      endpoint.close()
    }
  }
}
