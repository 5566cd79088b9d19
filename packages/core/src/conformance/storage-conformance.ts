import type { Storage } from "../storage/storage.ts"
import { Checks } from "./check.ts"
import { contentionChecks } from "./checks/contention.ts"
import { damageChecks } from "./checks/damage.ts"
import { expiryChecks } from "./checks/expiry.ts"
import { faultChecks } from "./checks/faults.ts"
import { fenceChecks } from "./checks/fences.ts"
import { formatChecks } from "./checks/formats.ts"
import { historyChecks } from "./checks/history.ts"
import { keyChecks } from "./checks/keys.ts"
import { lifecycleChecks } from "./checks/lifecycle.ts"
import { linearizabilityChecks } from "./checks/linearizability.ts"
import { listingChecks } from "./checks/listing.ts"
import { misuseChecks } from "./checks/misuse.ts"
import { modelChecks } from "./checks/model.ts"
import { persistenceChecks } from "./checks/persistence.ts"
import { retentionChecks } from "./checks/retention.ts"
import { revisionChecks } from "./checks/revisions.ts"
import { syncChecks } from "./checks/sync.ts"
import { updateChecks } from "./checks/updates.ts"
import { meanwhileChecks } from "./checks/updates-meanwhile.ts"
import { valueChecks } from "./checks/values.ts"
import { watchChecks } from "./checks/watching.ts"
import type { ConformanceRunner, ConformanceTarget } from "./target.ts"

/**
 * Registers the contract of `Storage` as tests with any runner. It reads `supports`: where an
 * ability is absent, it asserts that the calls which need it are refused.
 *
 * @example
 * import { describe, test } from "node:test"
 * storageConformance({ describe, test }, {
 *   name: "MyStorage",
 *   open: (options) => new MyStorage(options),
 * })
 */
export function storageConformance<S extends Storage>(
  runner: ConformanceRunner,
  target: ConformanceTarget<S>,
): void {
  const checks = new Checks(runner, target)
  runner.describe(`${target.name} keeps the storage contract`, () => {
    valueChecks(checks)
    keyChecks(checks)
    listingChecks(checks)
    formatChecks(checks)
    misuseChecks(checks)
    revisionChecks(checks)
    updateChecks(checks)
    meanwhileChecks(checks)
    contentionChecks(checks)
    historyChecks(checks)
    retentionChecks(checks)
    damageChecks(checks)
    expiryChecks(checks)
    fenceChecks(checks)
    watchChecks(checks)
    syncChecks(checks)
    persistenceChecks(checks)
    lifecycleChecks(checks)
    modelChecks(checks)
    linearizabilityChecks(checks)
    faultChecks(checks)
  })
}
