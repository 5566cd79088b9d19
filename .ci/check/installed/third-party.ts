import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { type Gate, GateFailure } from "../gate.ts"
import { root } from "../workspace.ts"
import { Project } from "./project.ts"

const example = join(root, "examples/third-party-conformance")
const files = ["src/journal-storage.ts", "test/new-path.ts", "test/conformance.node.ts"]

/** A third party that has the packed core and Node alone runs the conformance suite on a storage of its own. */
export function thirdPartyConformance(url: string): Gate {
  return {
    name: "conformance suite, by a third party",
    async run() {
      await using project = await Project.install("@persist/core", "npm", url)
      for (const folder of ["src", "test"]) await mkdir(join(project.directory, folder))
      for (const file of files) await project.copy(join(example, file), file)
      const args = ["--test", "--test-reporter=tap", "test/conformance.node.ts"]
      const output = await project.demand(process.execPath, args, "the suite fails there")
      const passed = Number(/^# pass (\d+)/m.exec(output)?.[1])
      if (!(passed > 90)) throw new GateFailure("the suite did not run there", output)
      return `${passed} checks under node:test`
    },
  }
}
