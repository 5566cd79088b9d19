// Checked by `tsc -b test`: what the types of serializers infer, and what they refuse.
import { z } from "zod"
import {
  checksummed,
  compressed,
  encrypted,
  generateKey,
  JsonSerializer,
  type PickleClass,
  PickleSerializer,
  type Serializer,
  validated,
} from "../src/index.ts"

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only when the type of `value` is exactly `Expected`. */
function is<Expected>() {
  return <Actual>(_value: Actual, _same: Equal<Actual, Expected>) => {}
}

interface Settings {
  readonly port: number
}

class Account {
  #balance = 0
  owner = ""
  get balance(): number {
    return this.#balance
  }
}

class Money {
  readonly #cents: number
  private constructor(cents: number) {
    this.#cents = cents
  }
  static of(cents: number): Money {
    return new Money(cents)
  }
  get cents(): number {
    return this.#cents
  }
}

class Box<T> {
  readonly content: T
  constructor(content: T) {
    this.content = content
  }
}

export async function layers(bytes: Uint8Array): Promise<void> {
  const json = new JsonSerializer<Settings>()
  const stacked = checksummed(encrypted(compressed(json), { keys: { a: generateKey() } }))
  is<Settings>()(stacked.decode(bytes), true)
  is<Settings>()(await stacked.deserialize("file"), true)
  const assigned: Serializer<Settings> = stacked
  // @ts-expect-error: the port is a number
  assigned.encode({ port: "80" })
  const schema = z.object({ volume: z.number(), name: z.string().default("x") })
  const checked = compressed(validated(new JsonSerializer(), schema))
  is<{ volume: number; name: string }>()(checked.decode(bytes), true)
  // @ts-expect-error: the volume is a number
  checked.encode({ volume: "11", name: "x" })
  // @ts-expect-error: there is no such algorithm
  compressed(json, { algorithm: "lzma" })
}

export function classes(): void {
  new PickleSerializer().register({
    class: Account,
    save: (account) => ({ owner: account.owner, balance: account.balance }),
    create: () => new Account(),
    restore: (account, state) => {
      account.owner = String(state.owner)
    },
  })
  // Hooks that may be there or not, as other options may.
  const hooks: Pick<PickleClass<Account>, "save" | "create" | "restore" | "revive"> = {
    ...{ save: undefined, create: undefined, restore: undefined, revive: undefined },
  }
  const account: PickleClass<Account> = { class: Account, ...hooks, restore: (one) => one.balance }
  new PickleSerializer({ classes: [account, { class: Money, save: undefined }] })
  // @ts-expect-error: create makes no Account
  new PickleSerializer().register({ class: Account, create: () => ({}) })
  // @ts-expect-error: restore takes no Account
  new PickleSerializer().register({ class: Account, restore: (date: Date) => date.getTime() })
  // @ts-expect-error: save answers no state
  new PickleSerializer().register({ class: Account, save: async () => ({ owner: "a" }) })
  // A private constructor is no hindrance.
  new PickleSerializer().register({
    class: Money,
    save: (money) => {
      is<Money>()(money, true)
      return { cents: money.cents }
    },
    revive: ({ cents }) => {
      is<unknown>()(cents, true)
      return Money.of(Number(cents))
    },
  })
  new PickleSerializer({
    classes: [{ class: Money, revive: ({ cents }) => Money.of(Number(cents)) }],
  })
  new PickleSerializer().register({
    class: Box,
    save: (box) => {
      is<Box<unknown>>()(box, true)
      return { content: box.content }
    },
    revive: ({ content }) => new Box(content),
  })
  // @ts-expect-error: revive makes no Money
  new PickleSerializer().register({ class: Money, revive: () => ({}) })
  // @ts-expect-error: an instance is no class
  new PickleSerializer().register({ class: Money.of(1) })
}
