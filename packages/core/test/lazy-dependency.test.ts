import { createRequire } from "node:module"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { lazyDependency } from "../src/options.ts"

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`cannot find it, says ${code}`), { code })
  }
}

const noRequire = () => {
  throw new ReferenceError("require is not defined")
}

describe("lazyDependency", () => {
  test("takes what was bundled where nothing is installed, and asks once", () => {
    let asked = 0
    const library = lazyDependency(failing("MODULE_NOT_FOUND"), () => ++asked)
    expect([library(), library()]).toEqual([1, 1])
  })

  test("takes what was bundled where a bundle in CommonJS does not know where it lies", () => {
    const place = undefined as unknown as string
    const library = lazyDependency(
      () => createRequire(place)("yaml"),
      () => "bundled",
    )
    expect(library()).toBe("bundled")
  })

  test("says why it could not be loaded, in no words of a decoder, and tries again", () => {
    let isBusy = true
    const library = lazyDependency(() => (isBusy ? failing("EMFILE")() : "loaded"), noRequire)
    expect(library).toThrow(
      expect.objectContaining({
        code: "ERR_PERSIST_IO",
        cause: expect.objectContaining({ code: "EMFILE" }),
      }),
    )
    isBusy = false
    expect(library()).toBe("loaded")
  })

  test("names the package that is missing, not the require that Node's modules lack", () => {
    const library = lazyDependency(failing("MODULE_NOT_FOUND"), noRequire)
    expect(library).toThrow(/cannot find it/)
  })

  test("asks Node itself for ES modules that a runner of tests reads as CommonJS", () => {
    const misread = () => runInNewContext("export {}")
    expect(lazyDependency(misread, noRequire, () => "loaded")()).toBe("loaded")
    const refused = lazyDependency(misread, noRequire, failing("MODULE_NOT_FOUND"))
    expect(refused).toThrow(/Unexpected token 'export'/)
  })

  test("says what an ES module bundled by esbuild wants", () => {
    const noDynamic = () => {
      throw new Error('Dynamic require of "process" is not supported')
    }
    const library = lazyDependency(failing("MODULE_NOT_FOUND"), noDynamic)
    expect(library).toThrow(/^This bundle has no require .*"process".*banner/)
  })

  test("names what a package throws that is no error", () => {
    const throwing = () => {
      throw "not here"
    }
    const library = lazyDependency(failing("MODULE_NOT_FOUND"), throwing)
    expect(library).toThrow(
      expect.objectContaining({
        code: "ERR_PERSIST_IO",
        message: expect.stringContaining("not here"),
      }),
    )
  })
})
