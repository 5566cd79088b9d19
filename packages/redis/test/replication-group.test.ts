import { expect, test } from "vitest"
import type { Endpoint } from "../src/connection/endpoint.ts"
import type { Link } from "../src/connection/link.ts"
import type { ServerIdentity } from "../src/connection/server-identity.ts"
import { ReplicationGroup } from "../src/durability/replication-group.ts"

const identity = { runId: "run", replicationId: "history" } as ServerIdentity
const answers: Record<string, unknown> = { SET: "OK", WAIT: 1, INFO: "master_replid:history\r\n" }

/** A connection that a write was done on; the server is at the other end of `side` by now, and its replica has all. */
const written = (parts: Partial<ServerIdentity>, end?: Link["end"]) =>
  ({ identity: { ...identity, ...parts }, end }) as Link
const groupOf = () => {
  const side = { identity, send: async ([name]: readonly string[]) => answers[name!] }
  const endpoint = { ready: async () => side, close: () => {} } as unknown as Endpoint
  return new ReplicationGroup(endpoint, { replicas: 1, timeout: 10_000 })
}
const soon = () => performance.now() + 10_000

test("a write is confirmed by the replicas of the very server that did it", async () => {
  const group = groupOf()
  await group.confirm(written({}), "{p:0}", soon())
  // A server that was started again may go on with its history, and has lost the write.
  for (const link of [
    written({ runId: "another" }),
    written({ replicationId: "another" }),
    written({}, { cause: new Error("It was lost.") }),
  ]) {
    await expect(group.confirm(link, "{p:0}", soon())).rejects.toMatchObject({
      code: "ERR_PERSIST_INDETERMINATE",
      message: expect.stringContaining("the server has changed meanwhile"),
    })
  }
})

test("writes of one moment are told apart by where they were done", async () => {
  const group = groupOf()
  const [here, there] = [written({}), written({ runId: "another" })]
  const until = soon()
  const confirming = [here, there, here].map((link) => group.confirm(link, "{p:0}", until))
  const states = (await Promise.allSettled(confirming)).map(({ status }) => status)
  expect(states).toEqual(["fulfilled", "rejected", "fulfilled"])
})
