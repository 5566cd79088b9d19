export { temporaryFolder as temporaryDirectory } from "../../../.ci/temporary-folder.ts"
