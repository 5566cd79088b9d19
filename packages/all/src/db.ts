// Everything of @persist/db, also what another package's name hides in the whole.
export * from "@persist/db"
