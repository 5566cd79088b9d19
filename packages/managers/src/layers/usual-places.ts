import { homedir } from "node:os"
import { join } from "node:path"

/** The files that a program's users expect its configuration in, without extensions. */
export function usualPlaces(app: string): { readonly system: string; readonly user: string } {
  const { XDG_CONFIG_HOME, APPDATA, PROGRAMDATA } = process.env
  const home = homedir()
  if (process.platform === "win32") {
    return {
      system: join(PROGRAMDATA || "C:\\ProgramData", app, "config"),
      user: join(APPDATA || join(home, "AppData", "Roaming"), app, "config"),
    }
  }
  if (process.platform === "darwin") {
    return {
      system: join("/Library/Application Support", app, "config"),
      user: join(home, "Library", "Preferences", app, "config"),
    }
  }
  const configurations = XDG_CONFIG_HOME?.startsWith("/") ? XDG_CONFIG_HOME : join(home, ".config")
  return { system: join("/etc", app, "config"), user: join(configurations, app, "config") }
}
