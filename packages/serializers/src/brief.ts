/** Text of a file as messages quote it: its beginning, as that of a hostile file is as long as the file. */
export function brief(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
