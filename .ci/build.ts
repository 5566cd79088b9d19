import { rootTool, run } from "./check/command.ts"

// Builds every package before a script that uses them; says one line, or everything when it fails.
const start = performance.now()
const { status, output } = await run(rootTool("turbo"), ["run", "build", "--output-logs=new-only"])
if (status !== 0) console.log(output)
const seconds = ((performance.now() - start) / 1000).toFixed(1)
console.log(status === 0 ? `Built in ${seconds} s` : "The build failed.")
process.exitCode = status
