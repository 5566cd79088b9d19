import { type Address, shownAddress } from "./address.ts"
import type { Location } from "./location.ts"

/** Where a sentinel says that the primary is. */
export interface NamedPrimary {
  readonly address: Address
  /** Rises with every failover: of two sentinels the one with the higher knows more. `undefined` where it does not say. */
  readonly epoch: number | undefined
  /** The sentinel. */
  readonly by: Address
}

/** Asks the sentinel at `asked` where the primary is; `send` sends it one command. */
export async function askPrimary(
  send: (command: string[]) => Promise<unknown>,
  asked: Address,
  { name, locate }: Location,
): Promise<NamedPrimary> {
  const [found, master] = await Promise.all([
    send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]),
    // An access list may forbid it.
    send(["SENTINEL", "MASTER", name]).catch(() => undefined),
  ])
  if (Array.isArray(found)) {
    const address = locate(String(found[0]), Number(found[1]))
    return { address, epoch: epochIn(master), by: asked }
  }
  throw new Error(`The sentinel at ${shownAddress(asked)} knows no "${name}".`)
}

/** @param master A map in RESP 3, else names and values in turn. */
function epochIn(master: unknown): number | undefined {
  const name = "config-epoch"
  const epoch = Array.isArray(master)
    ? master[master.indexOf(name) + 1]
    : (master as Record<string, unknown> | undefined)?.[name]
  return /^\d+$/.test(String(epoch)) ? Number(epoch) : undefined
}
