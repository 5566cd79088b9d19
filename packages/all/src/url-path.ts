/** Whether what follows the scheme of a URL names nothing: `file:`, or `file://` of a variable that was not set. */
export function isEmpty(path: string): boolean {
  return path === "" || path === "//"
}
