import { house } from "./arrows/table.ts"
import { wrongArrows } from "./arrows/wrong-arrows.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { packagesIn } from "./workspace.ts"

/** The packages depend on each other, and on others, exactly as the house is drawn. */
export const arrows: Gate = {
  name: "arrows",
  async run() {
    const packages = packagesIn()
    const wrong = wrongArrows(packages, house)
    if (wrong.length > 0) throw new GateFailure("the house is drawn otherwise", wrong)
    const count = packages.reduce(
      (sum, { manifest }) => sum + Object.keys(manifest.dependencies ?? {}).length,
      0,
    )
    return `${packages.length} packages, ${count} arrows, no other`
  },
}
