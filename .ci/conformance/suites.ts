import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
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
    .filter((path) => callsSuite(join(root, path)))
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

/** Whether a test file calls the suite itself, or by a file that it imports from its own folder. */
function callsSuite(path: string): boolean {
  const source = readFileSync(path, "utf8")
  if (/storageConformance[<(]/.test(source)) return true
  return [...source.matchAll(/from "(\.[^"]+\.ts)"/g)].some(([, specifier]) => {
    const imported = join(dirname(path), specifier!)
    return !relative(dirname(path), imported).startsWith("..") && callsSuite(imported)
  })
}
