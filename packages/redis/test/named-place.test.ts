import { describe, expect, test } from "vitest"
import { parseAddress } from "../src/connection/address.ts"
import { redirectionIn } from "../src/connection/named-place.ts"

describe("where a node sends on to", () => {
  const asked = parseAddress("redis://[::1]:7000")
  const places: Record<string, object | undefined> = {
    "MOVED 42 10.0.0.1:7001": { host: "10.0.0.1", port: 7001 },
    "ASK 42 node-2.example:7002": { host: "node-2.example", port: 7002 },
    "MOVED 42 fe80::1:7003": { host: "fe80::1", port: 7003 },
    "MOVED 42 [fe80::1]:7003": { host: "fe80::1", port: 7003 },
    "MOVED 42 :7004": { host: "::1", port: 7004 },
    "MOVED 42 ?:7005": { host: "::1", port: 7005 },
    "TRYAGAIN Multiple keys request during rehashing of slot": undefined,
  }
  for (const [answer, place] of Object.entries(places)) {
    test(answer, () => expect(redirectionIn(answer, asked)).toEqual(place))
  }
})
