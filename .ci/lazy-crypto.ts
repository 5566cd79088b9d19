import type { Plugin } from "esbuild"

// node:crypto takes Node four milliseconds to load, which is more than all of ours together, and most programs that
// import a package of ours need it later or never. In a bundle these functions of it load it when they are first called;
// an import of anything else from it fails to build.
const functions = ["createHash", "hash", "randomBytes", "randomFillSync", "randomUUID"]

export const lazyCrypto: Plugin = {
  name: "lazy-crypto",
  setup(build) {
    build.onResolve({ filter: /^node:crypto$/ }, ({ path }) => ({ path, namespace: "lazy" }))
    build.onLoad({ filter: /.*/, namespace: "lazy" }, () => ({
      loader: "js",
      contents: [
        "let loaded",
        'const crypto = () => (loaded ??= process.getBuiltinModule("node:crypto"))',
        ...functions.map(
          (name) => `export const ${name} = (...input) => crypto().${name}(...input)`,
        ),
      ].join("\n"),
    }))
  },
}
