/** What the row of a lease says of who holds it. */
export interface LeaseHolder {
  /** For the message of an error. */
  readonly name: string
  /** For how long it was taken, in milliseconds; NaN in the rows of older programs, which do not say. */
  readonly ttl: number
  /** When it was first seen that the clock stands before the time at which a lease with this end was written. */
  readonly seen?: { readonly expiresAt: number; readonly at: number } | undefined
}

/** As it stands in the row: a line for who, one for when. */
export function holderText({ name, ttl, seen }: LeaseHolder): string {
  return `${name}\n${ttl}${seen === undefined ? "" : ` ${seen.expiresAt} ${seen.at}`}`
}

export function readHolder(text: string): LeaseHolder {
  const [name = "", times = ""] = text.split("\n")
  const [ttl = Number.NaN, expiresAt, at] = times === "" ? [] : times.split(" ").map(Number)
  const seen = expiresAt === undefined || at === undefined ? undefined : { expiresAt, at }
  return { name, ttl, seen }
}
