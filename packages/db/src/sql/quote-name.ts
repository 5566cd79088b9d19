/** A name as SQLite and PostgreSQL take it: `"name"`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name as MySQL takes it: `` `name` ``. */
export function backquoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``
}
