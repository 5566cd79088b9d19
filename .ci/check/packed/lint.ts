import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { run, tool } from "../command.ts"
import { type Gate, GateFailure } from "../gate.ts"
import type { PackedPackage } from "./pack.ts"

/** Publint, strictly: what is packed is what the manifest promises. */
export function publishable(packages: readonly PackedPackage[]): Gate {
  return {
    name: "publint",
    async run() {
      const problems: string[] = []
      for (const { name, bytes } of packages) {
        const tarball = bytes.buffer.slice(
          bytes.byteOffset,
          bytes.byteOffset + bytes.length,
        ) as ArrayBuffer
        const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
        problems.push(...messages.map((one) => `${name}: ${formatMessage(one, pkg) ?? one.code}`))
      }
      if (problems.length > 0) throw new GateFailure(`${problems.length} complaints`, problems)
      return `${packages.length} tarballs, strict`
    },
  }
}

/** Are the types wrong: TypeScript finds the types of every entry point. */
export function resolvable(packages: readonly PackedPackage[]): Gate {
  return {
    name: "are the types wrong",
    async run() {
      const results = await Promise.all(
        packages.map(async ({ name, tarball }) => ({
          name,
          ...(await run(tool("attw"), [tarball, "--profile", "esm-only", "--format", "ascii"])),
        })),
      )
      // A tarball without any types at all makes attw succeed.
      const wrong = results.filter(
        ({ status, output }) => status !== 0 || output.includes("does not contain types"),
      )
      if (wrong.length > 0) {
        const details = wrong.map(({ name, output }) => `${name}\n${output}`)
        throw new GateFailure(`yes: ${wrong.map(({ name }) => name).join(", ")}`, details)
      }
      return `no: ${packages.length} tarballs, ESM only`
    },
  }
}
