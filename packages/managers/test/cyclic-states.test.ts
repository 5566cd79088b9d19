import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

interface Tree {
  readonly n: number
  readonly leaves: readonly { readonly parent: Tree; readonly leaf: number }[]
  readonly roots: Map<string, Tree>
}

function tree(n: number): Tree {
  const made: Tree = { n, leaves: [], roots: new Map() }
  made.roots.set("root", made)
  const leaves = Array.from({ length: 500 }, (_, leaf) => ({ parent: made, leaf }))
  return Object.assign(made, { leaves })
}

test("a state that holds itself has a history and can be compared", async () => {
  await using storage = new FileStorage({
    directory: temporaryDirectory(),
    serializer: new PickleSerializer(),
    durability: "none",
  })
  await using states = new StateManager({ storage })
  for (let n = 0; n < 5; n++) await states.saveState("it", { tree: tree(n) }, { checkpoint: true })
  const [first, second] = await states.history("it")
  const loaded = await states.loadState<{ tree: Tree }>("it", { at: second!.id })
  expect(loaded!.tree.n).toBe(1)
  expect(loaded!.tree.roots.get("root")).toBe(loaded!.tree)
  expect(loaded!.tree.leaves[499]!.parent).toBe(loaded!.tree)
  const { patch, text } = await states.diff("it", first!.id, second!.id)
  expect(patch).toMatchObject([{ op: "replace", path: "", value: { tree: { n: 1 } } }])
  expect(text).toMatch(/^~ \(all\): /)
})
