import { FileStorage } from "../../dist/index.js"

// exiting.ts <directory> <how>: saves without waiting, and ends.
const [directory, how] = process.argv.slice(2)
const storage = new FileStorage({ directory: directory! })
function saveAll(): void {
  for (let number = 1; number <= 50; number++) {
    void storage.save("latest", number)
    void storage.save(`key${number}`, number)
  }
  void storage.save("versioned", 1, { version: true })
  void storage.save("versioned", 2, { backup: true })
  void storage.save("deleted", 1)
  void storage.delete("deleted")
}

if (how === "handler") process.on("exit", saveAll)
else saveAll()
if (how === "exit") process.exit(0)
if (how === "throw") throw new Error("on purpose")
