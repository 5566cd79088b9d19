import { isAbsolute } from "node:path"
import { afterEach, expect, test, vi } from "vitest"
import { usualPlaces } from "../src/layers/usual-places.ts"

afterEach(() => vi.unstubAllEnvs())

test.each(["", "here", "./there"])(
  "a HOME of %j makes nothing in the working directory the user's file",
  (home) => {
    vi.stubEnv("HOME", home)
    vi.stubEnv("XDG_CONFIG_HOME", "relative")
    expect(usualPlaces("app").user).toSatisfy(isAbsolute)
  },
)

test("a user whom the system does not know has no file, and opening goes on", () => {
  const nobody = () => {
    throw new Error("uv_os_homedir returned ENOENT")
  }
  for (const name of ["XDG_CONFIG_HOME", "APPDATA"]) vi.stubEnv(name, "")
  const { system, user } = usualPlaces("app", [nobody])
  expect(system).toSatisfy(isAbsolute)
  expect(user).toBe(undefined)
})
