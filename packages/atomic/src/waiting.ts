// What packages above wait for: others' turn, fewer open files, what threads have not finished; and how locks are kept.
export { atOnce } from "./files/at-once.ts"
export { contentLetGo } from "./files/hold-content.ts"
export { readAnew, readAnewSync } from "./files/read-anew.ts"
export { awaitRenames } from "./files/rename.ts"
export { tooManyOpen, whenFewerOpen } from "./files/too-many-open.ts"
export { confusesNames } from "./locks/confused-names.ts"
export { nextTurn, othersTurn } from "./turn.ts"
export { whenAborted } from "./when-aborted.ts"
