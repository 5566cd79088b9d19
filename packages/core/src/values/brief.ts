/**
 * Text of a file or a caller as messages quote it: its beginning, as it may be as long as a file.
 *
 * @param most UTF-16 code units that are kept. @default 300
 */
export function brief(text: string, most = 300): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`
}
