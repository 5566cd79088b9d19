import { homedir, userInfo } from "node:os"
import { isAbsolute, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { invalidOption, optionsCheck } from "@persist/core/options"

/** Where a storage keeps its files. */
export interface DirectoryOptions {
  /** The directory itself. @default `PERSIST_DIR`, else `.persist-data` in the working directory */
  readonly directory?: string | URL | undefined
  /**
   * Name of the program: picks the platform's usual place for its data, `$XDG_DATA_HOME/<app>`
   * (`~/.local/share/<app>`), `~/Library/Application Support/<app>` or `%APPDATA%\<app>`.
   */
  readonly app?: string | undefined
}

const check = optionsCheck<DirectoryOptions>("resolveDirectory", { directory: true, app: true })

/**
 * The absolute path that `options` and the environment choose; nothing is created.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION` for both at once, an empty directory, an `app` that is not one file name or whose
 * user has no home, and options that are unknown.
 */
export function resolveDirectory(options: DirectoryOptions = {}): string {
  check(options)
  return chosenDirectory(options)
}

/** `resolveDirectory` for options that have been checked and hold more than these. */
export function chosenDirectory({ directory, app }: DirectoryOptions): string {
  if (directory !== undefined && app !== undefined) {
    throw invalidOption("app", app, 'either "directory" or "app", not both')
  }
  if (app !== undefined) return join(dataHome(appName(app)), app)
  if (directory === undefined) return resolve(process.env.PERSIST_DIR || ".persist-data")
  if (directory instanceof URL) {
    if (directory.protocol === "file:") return fileURLToPath(directory)
  } else if (typeof directory === "string" && directory !== "" && !directory.includes("\0")) {
    return resolve(directory)
  }
  throw invalidOption("directory", directory, "a non-empty path or a file: URL")
}

function appName(app: string): string {
  const isName = typeof app === "string" && /^[^/\\\0:*?"<>|]+$/.test(app) && !/^\.+$/.test(app)
  if (isName) return app
  throw invalidOption("app", app, "the name of one folder, without separators")
}

function dataHome(app: string): string {
  const { XDG_DATA_HOME, APPDATA } = process.env
  if (process.platform === "win32") return APPDATA || join(home(app), "AppData", "Roaming")
  if (process.platform === "darwin") return join(home(app), "Library", "Application Support")
  // The specification says that a relative path is to be ignored.
  return XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : join(home(app), ".local", "share")
}

/** With an empty or relative `HOME`, the working directory, whose ever that is, would be the user's home. */
function home(app: string): string {
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const found = find()
      if (isAbsolute(found)) return found
    } catch {
      // The system knows no user of this number, as in many containers.
    }
  }
  throw invalidOption(
    "app",
    app,
    'a "directory" instead, as this user has no home (set HOME to one)',
  )
}
