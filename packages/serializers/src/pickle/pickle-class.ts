/** The state of an instance as it is stored: its properties. */
export type PickleState = Record<string, unknown>

/** A class whose instances may be stored. */
export interface PickleClass<T extends object = object> {
  /** The class; its constructor may be private. */
  readonly class: (abstract new (...args: never[]) => T) | { readonly prototype: Readonly<T> }
  /** What the class is called in files; give one where code is minified. @default the class's own name */
  readonly name?: string | undefined
  /** The version of its state, a whole number from 1. @default 1 */
  readonly version?: number | undefined
  /**
   * For every older version still in files, what turns its state into that of the next one. What is
   * in the state is whole; only in a cycle may another instance still be waiting for its own step.
   */
  readonly upgrades?: Readonly<Record<number, (state: PickleState) => PickleState>> | undefined
  /** The state to store. @default the instance's own enumerable properties */
  readonly save?: Hooks<T>["save"] | undefined
  /** Makes the instance that `restore` fills. @default an object with the class's prototype, its constructor not run */
  readonly create?: (() => NoInfer<T>) | undefined
  /** Fills the instance. @default defines every property of the state */
  readonly restore?: Hooks<T>["restore"] | undefined
  /**
   * Makes the instance from its state, where it cannot be made empty and filled: in place of `create` and
   * `restore`, for value objects, `#private` fields, private constructors. All that is in the state is whole;
   * so an instance that its own state leads back to is refused, when it is written already.
   */
  readonly revive?: ((state: PickleState) => NoInfer<T>) | undefined
}

/** Written as methods, so that an entry of any class goes into a list: each gets instances of its own alone. */
interface Hooks<T> {
  save(instance: NoInfer<T>): PickleState
  restore(instance: NoInfer<T>, state: PickleState): void
}

/** A registered class with its defaults filled in. */
export interface RegisteredClass {
  readonly subject: PickleClass["class"]
  readonly name: string
  readonly version: number
  readonly isError: boolean
  readonly upgrades: ReadonlyMap<number, (state: PickleState) => PickleState>
  readonly save: ((instance: object) => PickleState) | undefined
  readonly create: (() => object) | undefined
  readonly restore: ((instance: object, state: PickleState) => void) | undefined
  readonly revive: ((state: PickleState) => object) | undefined
}
