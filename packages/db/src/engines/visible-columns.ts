/** The columns whose values rows hold: of those that share a name, as in a join, the last one. */
export function visibleColumns<C extends { readonly name: string }>(
  columns: readonly C[],
): readonly C[] {
  const last = new Map(columns.map((column) => [column.name, column]))
  return last.size === columns.length ? columns : [...last.values()]
}
