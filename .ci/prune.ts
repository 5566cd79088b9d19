import { existsSync, rmSync } from "node:fs"
import { join, relative } from "node:path"
import { filesIn } from "./check/workspace.ts"

// Runs after `tsc -b` in a package: the compiler leaves the output of sources that were removed or
// renamed, and it would be published. What a build puts into dist/vendor has no source here.
const dist = join(process.cwd(), "dist")
for (const path of filesIn(dist, [".js", ".js.map", ".d.ts", ".d.ts.map"])) {
  const output = relative(dist, path)
  const source = join(process.cwd(), "src", output.replace(/(\.d)?\.(js|ts)(\.map)?$/, ".ts"))
  if (!output.startsWith("vendor") && !existsSync(source)) rmSync(path)
}
