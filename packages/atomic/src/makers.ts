// Who made a file and whether they live, for packages above whose files are named after their makers.
export { livenessOfMaker, makerName } from "./processes/maker.ts"
