// What calls of packages above wait for: others' turn, fewer open files, and what threads have not finished.
export { contentLetGo } from "./files/hold-content.ts"
export { awaitRenames } from "./files/rename.ts"
export { tooManyOpen, whenFewerOpen } from "./files/too-many-open.ts"
export { nextTurn, othersTurn } from "./turn.ts"
export { whenAborted } from "./when-aborted.ts"
