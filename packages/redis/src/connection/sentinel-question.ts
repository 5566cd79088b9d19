import { type Address, shownAddress } from "./address.ts"
import type { Location } from "./location.ts"

/** Asks the sentinel at `asked` where the primary is; `send` sends it one command. */
export async function askPrimary(
  send: (command: string[]) => Promise<unknown>,
  asked: Address,
  { name, locate }: Location,
): Promise<Address> {
  const found = await send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name])
  if (Array.isArray(found)) return locate(String(found[0]), Number(found[1]))
  throw new Error(`The sentinel at ${shownAddress(asked)} knows no "${name}".`)
}
