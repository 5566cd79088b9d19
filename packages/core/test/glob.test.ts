import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { globMatcher } from "../src/index.ts"
import { compileGlob } from "../src/storage/glob/glob.ts"

// A pattern as a tree, its text, and a matcher so plain that it is plainly right.
type Node =
  | { kind: "literal"; character: string }
  | { kind: "star" }
  | { kind: "question" }
  | { kind: "anywhere" }
  | { kind: "folders" }
  | { kind: "set"; members: string[]; negated: boolean }
  | { kind: "braces"; choices: Node[][] }

const characters = ["a", "b", "c", "/", ".", "*", "\u00e9", "\u{1f600}"]
const special = new Set([..."*?[]{},\\!^-"])

function print(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.kind === "literal") {
        return special.has(node.character) ? `\\${node.character}` : node.character
      }
      if (node.kind === "star") return "*"
      if (node.kind === "question") return "?"
      if (node.kind === "anywhere") return "**"
      if (node.kind === "folders") return "**/"
      if (node.kind === "set") return `[${node.negated ? "!" : ""}${node.members.join("")}]`
      if (node.kind === "braces") return `{${node.choices.map(print).join(",")}}`
      return node satisfies never
    })
    .join("")
}

function matches(nodes: readonly Node[], key: readonly string[]): boolean {
  const [node, ...rest] = nodes
  if (node === undefined) return key.length === 0
  const [first, ...others] = key
  if (node.kind === "literal") return first === node.character && matches(rest, others)
  if (node.kind === "question") return first !== undefined && first !== "/" && matches(rest, others)
  if (node.kind === "set") {
    if (first === undefined || first === "/") return false
    return node.members.includes(first) !== node.negated && matches(rest, others)
  }
  if (node.kind === "braces")
    return node.choices.some((choice) => matches([...choice, ...rest], key))
  if (matches(rest, key)) return true
  for (let taken = 1; taken <= key.length; taken++) {
    const part = key.slice(0, taken)
    if (node.kind === "star" && part.includes("/")) return false
    if (node.kind === "folders" && part.at(-1) !== "/") continue
    if (matches(rest, key.slice(taken))) return true
  }
  return false
}

const simple: fc.Arbitrary<Node> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("literal" as const),
      character: fc.constantFrom(...characters),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "star" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "question" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      members: fc.uniqueArray(fc.constantFrom("a", "b", ".", "\u{1f600}"), { minLength: 1 }),
      negated: fc.boolean(),
    }),
  },
)
// Stars that touch, or a "**" that is not a segment of its own, mean something else together than alone.
const separated = (nodes: Node[]): Node[] =>
  nodes.filter((node, index) => node.kind !== "star" || nodes[index - 1]?.kind !== "star")
const run = fc.array(simple, { maxLength: 4, size: "max" }).map(separated)
const segment: fc.Arbitrary<Node[]> = fc.oneof(
  { weight: 4, arbitrary: run },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.array(
          fc.array(
            simple.filter((node) => node.kind !== "star"),
            { maxLength: 3, size: "max" },
          ),
          { minLength: 1, maxLength: 3, size: "max" },
        ),
      )
      .map(([choices]): Node[] => [{ kind: "braces", choices }]),
  },
)
const pattern: fc.Arbitrary<Node[]> = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: segment.map((nodes): Node[] => [...nodes, { kind: "literal", character: "/" }]),
      },
      { weight: 1, arbitrary: fc.constant<Node[]>([{ kind: "folders" }]) },
    ),
    { maxLength: 3, size: "max" },
  )
  .chain((folders) =>
    fc
      .oneof(segment, fc.constant<Node[]>([{ kind: "anywhere" }]))
      .map((last) => [...folders.flat(), ...last]),
  )
const key = fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 8, size: "max" })

describe("globMatcher", () => {
  test("agrees with the plain model", () => {
    fc.assert(
      fc.property(
        pattern,
        fc.array(key, { minLength: 1, maxLength: 10, size: "max" }),
        (nodes, keys) => {
          const text = print(nodes)
          const matcher = globMatcher(text)
          for (const candidate of keys) {
            const expected = matches(nodes, candidate)
            expect({ text, key: candidate.join(""), matches: matcher(candidate.join("")) }).toEqual(
              {
                text,
                key: candidate.join(""),
                matches: expected,
              },
            )
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ["*", ["a", ".a", "a.b"], ["a/b"]],
    ["**", ["a", "a/b/c"], []],
    ["a/**", ["a/b", "a/b/c"], ["a", "ab", "b/a/c"]],
    ["**/a", ["a", "b/a", "b/c/a"], ["ba", "b/ca", "a/b"]],
    ["a/**/b", ["a/b", "a/c/b", "a/c/d/b"], ["ab", "a/cb"]],
    ["a/***/b", ["a/b", "a/c/b"], ["acb"]],
    ["a**b", ["ab", "a/b", "axx/yb"], ["a", "b"]],
    ["**/*.json", ["a.json", "x/.json"], ["a.json/b"]],
    ["?", ["a", "\u{1f600}", "\ud800"], ["", "ab", "/"]],
    ["[a-c]", ["a", "b", "c"], ["d", "-"]],
    ["[\u{1f600}-\u{1f610}]", ["\u{1f605}"], ["\uffff", "a"]],
    ["[!a-c]", ["d", "]"], ["a", "/"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["[\\]a]", ["]", "a"], ["b", "\\"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[{]", ["{"], ["["]],
    ["{[,],x}", [",", "x"], ["["]],
    ["{a,b/{c,d}}.x", ["a.x", "b/c.x", "b/d.x"], ["b.x", "a"]],
    ["{,a}b", ["b", "ab"], ["a"]],
    ["{a/,}**/b", ["a/b", "b", "x/b", "a/x/b"], ["ab"]],
    ["a,b}", ["a,b}"], ["a"]],
    ["\\*\\?\\{\\[", ["*?{["], ["a"]],
    ["*\\*", ["*", "a*"], ["a"]],
    ["a\\", ["a\\"], ["a"]],
  ])("%s", (pattern, matching, others) => {
    const matcher = globMatcher(pattern)
    expect(matching.filter((key) => !matcher(key))).toEqual([])
    expect(others.filter((key) => matcher(key))).toEqual([])
  })

  test.each([
    ...["[", "[]", "[!", "[a\\", "{", "{a", "{a,{b}", "{".repeat(10_000), "{a,b}".repeat(30)],
    ...([undefined, null, 7, /a/, ["*"]] as never[]),
  ])("refuses %s", (pattern) => {
    expect(() => globMatcher(pattern)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_ARGUMENT" }),
    )
  })

  test("names the folder that every match lies in", () => {
    fc.assert(
      fc.property(
        pattern,
        fc.array(key, { minLength: 1, maxLength: 10, size: "max" }),
        (nodes, keys) => {
          const { folder, matches } = compileGlob(print(nodes))
          expect(folder === "" || folder.endsWith("/")).toBe(true)
          for (const candidate of keys.map((characters) => characters.join(""))) {
            if (matches(candidate)) expect(candidate.startsWith(folder)).toBe(true)
          }
        },
      ),
    )
    const folders = [
      "a/b/*",
      "a/b",
      "*",
      "a/{b,c}/d",
      "a/{b/c,b/d}/*",
      "{a,b}/c",
      "a\\*/b/?",
      "../*",
    ]
    expect(folders.map((text) => compileGlob(text).folder)).toEqual([
      ...["a/b/", "a/", "", "a/", "a/b/", "", "a*/b/", "../"],
    ])
  })

  test("takes no more than linear time for a pattern made to take longer", () => {
    const matcher = globMatcher(`${"*a".repeat(40)}b`)
    const steps = 20_000
    const began = performance.now()
    expect(matcher("a".repeat(steps))).toBe(false)
    // Backtracking would need some 10^90 steps; this is 1.6 million.
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
