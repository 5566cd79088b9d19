import { mkdtemp, readFile, rm, truncate } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { CsvSerializer } from "./csv-serializer.ts"

const directory = await mkdtemp(join(tmpdir(), "custom-serializer-"))
const csv = new CsvSerializer()

try {
  await using storage = new FileStorage({ directory, serializers: [csv] })

  // The format is one class; atomic files, versions, updates and recovery come with the storage.
  const planets = [
    { name: "Mercury", moons: "0", known: 'since "always"' },
    { name: "Mars", moons: "2", known: "Phobos,\r\nDeimos" },
  ]
  const { path } = await storage.save("planets", planets, { serializer: csv, version: true })
  console.log(`${path}:\n${await readFile(path!, "utf8")}`)

  const grown = await storage.update(
    "planets",
    (rows) => [...rows, { name: "Venus", moons: "0", known: "since always" }],
    { serializer: csv, default: [], backup: true },
  )
  console.log(`updated to ${grown.length} rows: ${grown.map(({ name }) => name).join(", ")}`)

  await truncate(path!, 30)
  const found = await storage.loadEntry("planets", { serializer: csv })
  const { kind } = found!.entry.recovered!
  console.log(`the file was cut at 30 bytes: ${found!.value.length} rows came back from a ${kind}`)

  await storage.save("settings", { theme: "dark" })
  console.log("beside it, in JSON:", await storage.list(), await storage.load("settings"))
} finally {
  await rm(directory, { recursive: true })
}
