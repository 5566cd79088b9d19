import { type Address, withoutBrackets } from "./address.ts"

/** Where a node of a cluster says that another one is. */
export interface NamedPlace {
  readonly host: string
  readonly port: number
}

/** The host that a node names. One without a name is told as nothing or "?": it is where its teller was `asked`. */
export function namedHost(host: string | null, asked: Address): string {
  return host === null || host === "" || host === "?" ? asked.host : withoutBrackets(host)
}

/** The place in `MOVED 42 host:port` or `ASK 42 host:port`; `undefined` for every other answer. */
export function redirectionIn(answer: string, asked: Address): NamedPlace | undefined {
  const match = /^(?:MOVED|ASK) \d+ (.*):(\d+)$/.exec(answer)
  return match === null ? undefined : { host: namedHost(match[1]!, asked), port: Number(match[2]) }
}
