import { homedir, userInfo } from "node:os"
import { isAbsolute, join } from "node:path"

/** The files that a program's users expect its configuration in, without extensions. */
export interface UsualPlaces {
  readonly system: string
  /** Undefined where nobody is at home, as in a container that runs under a number without a name. */
  readonly user: string | undefined
}

/** @param homes Who may know the home of the user, in the order in which they are asked. */
export function usualPlaces(
  app: string,
  homes: readonly (() => string)[] = [homedir, () => userInfo().homedir],
): UsualPlaces {
  const { XDG_CONFIG_HOME, APPDATA, PROGRAMDATA } = process.env
  const home = firstHome(homes)
  const inHome = (...names: string[]) => home && join(home, ...names)
  const inside = (folder: string | undefined) => folder && join(folder, app, "config")
  if (process.platform === "win32") {
    return {
      system: join(PROGRAMDATA || "C:\\ProgramData", app, "config"),
      user: inside(APPDATA || inHome("AppData", "Roaming")),
    }
  }
  if (process.platform === "darwin") {
    return {
      system: join("/Library/Application Support", app, "config"),
      user: inside(inHome("Library", "Preferences")),
    }
  }
  const configurations = XDG_CONFIG_HOME?.startsWith("/") ? XDG_CONFIG_HOME : inHome(".config")
  return { system: join("/etc", app, "config"), user: inside(configurations) }
}

/** With an empty or relative `HOME`, files of the working directory, whose ever that is, would be the user's. */
function firstHome(homes: readonly (() => string)[]): string | undefined {
  for (const find of homes) {
    try {
      const home = find()
      if (isAbsolute(home)) return home
    } catch {
      // The system knows no user of this number.
    }
  }
  return undefined
}
