/**
 * Milliseconds of silence after which the system asks whether the other side is still there: a server that has
 * vanished from the network is noticed some ten seconds later, however long a statement may take.
 */
export const aliveAfter = 10_000
