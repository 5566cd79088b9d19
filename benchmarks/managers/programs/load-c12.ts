// Imports c12 and loads a configuration; prints the nanoseconds that both took together.
const [directory] = process.argv.slice(2) as [string]
const start = process.hrtime.bigint()
const { loadConfig } = await import("c12")
const { config } = await loadConfig<{ server?: { port: number } }>({
  cwd: directory,
  name: "app",
  configFile: "app.config.json",
  defaults: {},
  rcFile: false,
  globalRc: false,
  packageJson: false,
})
if (config.server?.port !== 80) throw new Error("wrong value")
console.log(Number(process.hrtime.bigint() - start))
