import { join } from "node:path"
import { run } from "./command.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { root } from "./workspace.ts"

/** The site is built without a warning, and none of its links and anchors leads nowhere. */
export const site: Gate = {
  name: "site",
  async run() {
    const { status, output } = await run(process.execPath, [join(root, "docs/build.ts")])
    if (status !== 0) throw new GateFailure("it cannot be built as it should be", output)
    return output.trim().split("\n").at(-1) ?? ""
  },
}
