const form =
  /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/

/**
 * Reads PostgreSQL's text of a moment; one without a zone is in UTC. What is no `Date` of our era, such as
 * "infinity", stays text.
 */
export function moment(text: string): Date | string {
  const iso = text.replace(" ", "T")
  const hasZone = /[+-]\d\d(?::\d\d)?$/.test(text.slice(19))
  const parsed = new Date(hasZone ? iso.replace(/([+-]\d\d)$/, "$1:00") : `${iso}Z`)
  return Number.isNaN(parsed.getTime()) || text.endsWith("BC") ? rareMoment(text) : parsed
}

/** Offsets with seconds, as before there were time zones, and what is in our era only in UTC. */
function rareMoment(text: string): Date | string {
  const parts = form.exec(text)
  if (parts === null) return text
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as number[]
  const milliseconds = Number((parts[7] ?? "").slice(0, 3).padEnd(3, "0"))
  const [offsetHours, offsetMinutes, offsetSeconds] = parts
    .slice(9, 12)
    .map((part) => Number(part ?? 0))
  const offset = (offsetHours! * 60 + offsetMinutes!) * 60 + offsetSeconds!
  const date = new Date(0)
  date.setUTCFullYear(parts[12] === undefined ? year! : 1 - year!, month! - 1, day)
  // In one step: the local time of the last moments of all is beyond every `Date`.
  date.setUTCHours(hour!, minute, second! - (parts[8] === "-" ? -offset : offset), milliseconds)
  return date.getUTCFullYear() >= 1 ? date : text
}

/** The text of a moment that PostgreSQL reads: it has no signs before years, and no year 0. */
export function momentText(date: Date): string {
  const iso = date.toISOString()
  const year = date.getUTCFullYear()
  if (year >= 1 && year <= 9999) return iso
  const rest = iso.slice(iso.indexOf("-", 1))
  return year >= 1 ? `${year}${rest}` : `${String(1 - year).padStart(4, "0")}${rest} BC`
}
