// A change calls some thirty functions before it first waits; they need half of this.
const words: readonly unknown[] = new Array(512).fill(0)
const nothing = (): void => {}

/**
 * Call it before a change is begun: near the end of the stack, to tell how it ended may fail too, and whoever waits
 * for it would wait for ever.
 *
 * @throws `RangeError`, as the next calls would.
 */
export function assertStackRoom(): void {
  // Each argument lies on the stack.
  Reflect.apply(nothing, undefined, words)
}
