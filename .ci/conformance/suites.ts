import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "../check/workspace.ts"

/** The conformance tests of one package or example. */
export interface Suite {
  /** Absolute. */
  readonly directory: string
  readonly config: string
  /** Test files, relative to the directory. */
  readonly files: readonly string[]
}

/** Every folder with a test file that runs the suite on a backend; core's own only test the suite. */
export function conformanceSuites(): Suite[] {
  const paths = globSync(["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"], {
    cwd: root,
  })
  const files = paths
    .filter((path) => !path.includes("node_modules") && !path.startsWith("packages/core/"))
    .filter((path) => /storageConformance[<(]/.test(readFileSync(join(root, path), "utf8")))
    .sort()
  const byFolder = Map.groupBy(files, (path) => dirname(path).replace(/[\\/]test\b.*$/, ""))
  return [...byFolder].map(([folder, own]) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
    const shared = /--config (\S+)/.exec(manifest.scripts.test)?.[1]
    return {
      directory: join(root, folder),
      config: shared ?? "vitest.config.ts",
      files: own.map((path) => path.slice(folder.length + 1)),
    }
  })
}
