import type { Random } from "../../../../.ci/seeded-random.ts"

/** Strings that one format or another reads as something else, or that break a careless writer. */
export const hostileStrings: readonly string[] = [
  ..."true false null ~ yes no on off NaN .inf -.inf 1e3 0x1 0o7 0b1 1_000 +1 -0 .5 1. 12:30:45".split(
    " ",
  ),
  ..."2020-01-01 2020-01-01T00:00:00Z 07:32:00 - -- --- ... ? : # // /* */ * & ! % @ ` | > < << =".split(
    " ",
  ),
  ...[
    "- a",
    "? a",
    ": b",
    "a: b",
    "a:",
    "a #b",
    "#c",
    "",
    " ",
    " leading",
    "trailing ",
    "\t",
    "\ttab",
  ],
  ...["multi\nline", "ends\n", "\nbegins", "two\n\nbreaks\n\n", "cr\rlf\r\n", "\u0085\u2028\u2029"],
  ...[
    "'",
    '"',
    "''",
    '"""',
    "'''",
    "\\",
    "\\n",
    "it's",
    'say "x"',
    "{",
    "}",
    "[",
    "]",
    "{a: 1}",
    "[1, 2]",
  ],
  ...[
    "a, b",
    ",",
    "a]b",
    "!!str x",
    "&anchor",
    "*alias",
    "%YAML",
    "é",
    "e\u0301",
    "日本",
    "😀",
    "👨‍👩‍👧",
    "\u{10ffff}",
  ],
  ...["\u0000", "\u0007\u001b", "\u007f", "\u00a0", "\ufeff", "x".repeat(300), "word ".repeat(60)],
]

/** Keys of the same kind; none of them is `__proto__`, which has tests of its own. */
export const hostileKeys: readonly string[] = [
  ...hostileStrings.filter((text) => text.length < 100),
  ..."0 1 01 -1 1.5 constructor toString hasOwnProperty a.b a/b a~b ~1 length".split(" "),
]

/** A value of the kind that a program might set; TOML has no null and no control characters are left out. */
export function hostileValue(random: Random, hasNull: boolean, depth = 2): unknown {
  const kind = random.next()
  if (depth > 0 && kind < 0.1) {
    return Array.from({ length: random.below(4) }, () => hostileValue(random, hasNull, depth - 1))
  }
  if (depth > 0 && kind < 0.25) {
    const names = Array.from({ length: random.below(4) }, () => random.pick(hostileKeys))
    return Object.fromEntries(names.map((name) => [name, hostileValue(random, hasNull, depth - 1)]))
  }
  if (kind < 0.75) return random.pick(hostileStrings)
  const others = [0, 1, -1, 1.5, 1e21, 1e-7, 2 ** 53 - 1, -(2 ** 31), true, false]
  return random.pick(hasNull ? [...others, null] : others)
}
