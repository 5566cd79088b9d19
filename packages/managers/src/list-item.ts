/** Which item of `list` a name on a path means; undefined when it means none that is there. */
export function itemIndex(list: readonly unknown[], name: string): number | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(name)) return undefined
  const index = Number(name)
  return index < list.length ? index : undefined
}
