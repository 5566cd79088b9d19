import { createHash } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import type { StateManager } from "@persist/managers"

/** What the agent knows. Everything that it needs to go on is in here, and nothing else is. */
export interface Memory {
  /** Steps that are done. */
  step: number
  /** Which way it takes. */
  route: string
  /** What it found, one entry a step. */
  findings: { step: number; finding: string }[]
}

const fresh: Memory = { step: 0, route: "first", findings: [] }

/**
 * Works through `steps` steps. After each one the memory is a checkpoint, so that whoever kills the
 * process takes at most the step that it was at.
 */
export async function runAgent(
  states: StateManager,
  steps: number,
  said: (line: string) => void,
): Promise<Memory> {
  let memory = await states.loadState<Memory>("agent", { default: fresh })
  said(memory.step === 0 ? "starting" : `resuming after step ${memory.step}`)
  while (memory.step < steps) {
    memory = await nextStep(memory)
    const label = memory.step === Math.ceil(steps / 2) ? "halfway" : true
    await states.saveState("agent", memory, { checkpoint: label, backup: false })
    said(`step ${memory.step}`)
  }
  return memory
}

/** Goes back to a checkpoint and takes another way from there; the first way stays in the history. */
export async function takeAnotherWay(
  states: StateManager,
  label: string,
  route: string,
): Promise<void> {
  await states.restore("agent", label)
  await states.updateState<Memory, Memory>("agent", (memory) => ({ ...memory!, route }))
}

/** Stands for a call of a model or a tool: it takes a moment, and what it finds depends on all before. */
async function nextStep({ step, route, findings }: Memory): Promise<Memory> {
  await delay(3)
  const before = findings.at(-1)?.finding ?? ""
  const finding = createHash("sha256").update(`${before} ${route} ${step}`).digest("hex")
  return { step: step + 1, route, findings: [...findings, { step: step + 1, finding }] }
}
