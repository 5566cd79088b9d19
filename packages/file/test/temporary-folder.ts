export { temporaryFolder } from "../../../.ci/temporary-folder.ts"
