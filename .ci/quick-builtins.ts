import type { Plugin } from "esbuild"

// Importing a module of Node's makes it evaluate everything that the module has, also what it would load when somebody
// asks for it: streams for node:fs, a parser of arguments for node:util. That takes longer than all of ours together, and
// most programs need it later or never. In a bundle, what these modules have loaded is taken from them as it is, and the
// functions of the others load theirs when they are first called. An import of anything else from them fails to build: add
// it here, above where a program that began has loaded it already, below where it is a function.
const loadedAnyway: Readonly<Record<string, readonly string[]>> = {
  fs: [
    "accessSync",
    "close",
    "closeSync",
    "constants",
    "createReadStream",
    "createWriteStream",
    "existsSync",
    "fstatSync",
    "fsync",
    "lstatSync",
    "openSync",
    "read",
    "readFileSync",
    "readSync",
    "readdirSync",
    "readlinkSync",
    "realpathSync",
    "rmdirSync",
    "statSync",
    "utimesSync",
    "watch",
  ],
  util: ["inspect", "isDeepStrictEqual", "parseEnv", "promisify", "types"],
}
const functionsOf: Readonly<Record<string, readonly string[]>> = {
  crypto: [
    "createCipheriv",
    "createDecipheriv",
    "createHash",
    "createHmac",
    "hash",
    "hkdfSync",
    "randomBytes",
    "randomFillSync",
    "randomInt",
    "randomUUID",
    "scryptSync",
    "timingSafeEqual",
  ],
  "fs/promises": [
    "chmod",
    "chown",
    "copyFile",
    "mkdir",
    "open",
    "opendir",
    "readFile",
    "readdir",
    "rename",
    "rm",
    "stat",
    "utimes",
    "writeFile",
  ],
  os: ["homedir", "hostname", "uptime", "userInfo"],
  "timers/promises": ["setImmediate", "setTimeout"],
}

// What fails to build is told as no export of this.
const namespace = ".ci/quick-builtins.ts"

export const quickBuiltins: Plugin = {
  name: "quick-builtins",
  setup(build) {
    const filter = /^node:(?:crypto|fs|fs\/promises|os|timers\/promises|util)$/
    build.onResolve({ filter }, ({ path }) => ({ path, namespace, sideEffects: false }))
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const name = path.slice("node:".length)
      const contents = loadedAnyway[name]
        ? taken(path, loadedAnyway[name])
        : loading(path, functionsOf[name]!)
      return { loader: "js", contents }
    })
  },
}

function taken(path: string, names: readonly string[]): string {
  return [
    `const builtin = process.getBuiltinModule("${path}")`,
    "export default builtin",
    `export const { ${names.join(", ")} } = builtin`,
  ].join("\n")
}

function loading(path: string, names: readonly string[]): string {
  return [
    `const builtin = () => (loaded ??= process.getBuiltinModule("${path}"))`,
    "let loaded",
    ...names.map((name) => `export const ${name} = (...input) => builtin().${name}(...input)`),
  ].join("\n")
}
