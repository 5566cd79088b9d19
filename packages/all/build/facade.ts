import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

// node packages/all/build/facade.ts: writes src/index.ts anew from what the packages export. Where
// two packages export one name, the first in this order has it; a test fails when this was forgotten.
const order = ["core", "serializers", "file", "db", "redis", "managers", "cache", "atomic"]
const own = `export { type OpenStorageOptions, openStorage } from "./open-storage.ts"
export { type SimpleOptions, SimpleStorage } from "./simple-storage.ts"
`
const packages = join(import.meta.dirname, "../..")
const taken = new Set<string>()
const parts = order.map((name) => {
  const source = readFileSync(join(packages, name, "src/index.ts"), "utf8")
  const names = [...source.matchAll(/export (type )?\{([^}]*)\} from/g)].flatMap((match) =>
    match[2]!
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "")
      .map((item) => ({
        isType: match[1] !== undefined || item.startsWith("type "),
        name: item.replace(/^type /, "").replace(/^.* as /, ""),
      })),
  )
  const fresh = names.filter((one) => !taken.has(one.name))
  for (const one of fresh) taken.add(one.name)
  const list = fresh.map((one) => `  ${one.isType ? "type " : ""}${one.name},`)
  return `export {\n${list.join("\n")}\n} from "@persist/${name}"\n`
})
const heading = `// Written by build/facade.ts; run it again when a package exports something new. The only file of more than
// 250 lines: it is a list, and nobody writes it.
`
writeFileSync(join(packages, "all/src/index.ts"), [heading, ...parts, own].join(""))
for (const name of order) {
  const text = `// Everything of @persist/${name}, also what another package's name hides in the whole.\nexport * from "@persist/${name}"\n`
  writeFileSync(join(packages, `all/src/${name}.ts`), text)
}
const biome = join(packages, "../node_modules/.bin/biome")
spawnSync(biome, ["check", "--write", join(packages, "all/src")], { stdio: "inherit" })
