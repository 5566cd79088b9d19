import type { PgWire } from "./pg-client.ts"

/** What a database or a role may have set otherwise, and then texts would mean something else. */
const wanted: Readonly<Record<string, { readonly value: RegExp; readonly sql: string }>> = {
  DateStyle: { value: /^ISO\b/, sql: "set datestyle = 'ISO'" },
  IntervalStyle: { value: /^postgres$/, sql: "set intervalstyle = 'postgres'" },
  standard_conforming_strings: { value: /^on$/, sql: "set standard_conforming_strings = on" },
}

/** Listens to what the server tells of its settings while a connection is opened; what is to be set is in the result then. */
export function unfitSettings(wire: PgWire | undefined): ReadonlySet<string> {
  const statements = new Set<string>()
  wire?.on?.("parameterStatus", ({ parameterName, parameterValue }) => {
    const setting = wanted[parameterName]
    if (setting === undefined) return
    if (setting.value.test(parameterValue)) statements.delete(setting.sql)
    else statements.add(setting.sql)
  })
  return statements
}
