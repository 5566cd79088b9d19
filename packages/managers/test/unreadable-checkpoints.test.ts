import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

class Player {
  name = "Ann"
}

/** A history of four, of which only the third has an instance of a class. */
async function withPlayer(directory: string) {
  const serializer = new PickleSerializer({ classes: [{ class: Player }] })
  await using storage = new FileStorage({ directory, serializer })
  await using states = new StateManager({ storage })
  for (const value of [1, 2, new Player(), 4]) {
    await states.saveState("game", { value }, { checkpoint: `with ${typeof value} ${value}` })
  }
  return (await states.history("game")).map(({ id }) => id)
}

test("a checkpoint that wants a class which this program has not hides no other", async () => {
  const directory = temporaryDirectory()
  const ids = await withPlayer(directory)
  await using storage = new FileStorage({ directory, serializer: new PickleSerializer() })
  await using states = new StateManager({ storage })
  const history = await states.history("game")
  expect(history.map(({ id, damaged }) => [id, damaged])).toEqual(
    ids.map((id, n) => [id, n === 2 ? true : undefined]),
  )
  for (const at of [ids[2]!, "with object [object Object]"]) {
    const loading = states.loadState("game", { at })
    await expect(loading).rejects.toMatchObject({ code: "ERR_PERSIST_UNKNOWN_CLASS" })
  }
  expect(await states.loadState("game", { at: "with number 2" })).toEqual({ value: 2 })
  await states.saveState("game", { value: 5 }, { checkpoint: true })
  await states.saveState("game", { value: 6 }, { checkpoint: true })
  await states.thinHistory("game", { last: 1 })
  expect((await states.history("game")).map(({ id }) => id)).toEqual([...ids, expect.any(String)])
})
