import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseStorage } from "../../src/index.ts"

/** A SQLite file `app.db` in a folder of its own, with rows in a table `notes`. */
export interface Notes {
  readonly directory: string
  readonly database: DatabaseStorage
}

/** Numbered notes of half a kilobyte: 3,000 are more than one step of a backup. */
export async function openNotes(rows: number): Promise<Notes> {
  const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  const database = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
  await database.executeSql("create table notes (n integer primary key, text text)")
  await database.getSession(async () => {
    for (let n = 0; n < rows; n++) {
      await database.executeSql("insert into notes values (?, ?)", [n, "x".repeat(500)])
    }
  })
  return { directory, database }
}

export async function removeNotes({ directory, database }: Notes): Promise<void> {
  await database.close()
  rmSync(directory, { recursive: true })
}

export async function countNotes(database: DatabaseStorage): Promise<number> {
  const counted = database.executeSql<{ n: number }>("select count(*) as n from notes")
  return (await counted).rows[0]!.n
}
