import { compare } from "../measure.ts"
import { report } from "../report.ts"
import { BareStorage, BytesSerializer } from "./bare-storage.ts"

// What the base adds to a backend's own work: keys and options checked, lifecycle, tracing, errors.
const operations = 20_000
const storage = new BareStorage()
const serializer = new BytesSerializer()
const value = new Uint8Array(256)
const keys = Array.from({ length: 1_000 }, (_, index) => `folder/key-${index}`)
const keyAt = (index: number) => keys[index % keys.length]!

async function repeat(work: (key: string) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < operations; index++) await work(keyAt(index))
}

const saving = await compare(
  "save, one after another",
  { name: "Storage.save", run: () => repeat((key) => storage.save(key, value)) },
  [
    {
      name: "the primitive alone",
      lacks: "checks, tracing, lifecycle, errors that name the key",
      run: () => repeat((key) => storage.bareWrite(key, value, ".bytes")),
    },
  ],
  { operations },
)
const loading = await compare(
  "load, one after another",
  { name: "Storage.load", run: () => repeat((key) => storage.load(key)) },
  [
    {
      name: "the primitive alone",
      lacks: "checks, tracing, lifecycle, errors that name the key",
      run: () => repeat((key) => storage.bareRead(key)),
    },
  ],
  { operations },
)
const savingWithOptions = await compare(
  "save with four options",
  {
    name: "Storage.save",
    run: () =>
      repeat((key) =>
        storage.save(key, value, { subfolder: "a/b", serializer, version: false, backup: false }),
      ),
  },
  [
    {
      name: "the primitive alone",
      lacks: "checks, tracing, lifecycle, errors that name the key",
      run: () => repeat((key) => storage.bareWrite(`a/b/${key}`, value, ".bytes")),
    },
  ],
  { operations },
)

report({ area: "core", peers: [], payload: "256 bytes, not encoded", seed: 0 }, [
  saving,
  savingWithOptions,
  loading,
])

for (const { title, rows } of [saving, savingWithOptions, loading]) {
  const [base, bare] = rows.map(({ microseconds }) => microseconds)
  const overhead = base! - bare!
  console.log(`${title}: the base adds ${overhead.toFixed(2)} µs (target: at most 3 µs)`)
  if (overhead > 3) process.exitCode = 1
}
