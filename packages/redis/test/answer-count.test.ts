import { setImmediate as turn } from "node:timers/promises"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AnswerCount } from "../src/connection/answer-count.ts"

type Step = "send" | "answer" | "refuse" | "tick"

describe("AnswerCount", () => {
  test("never counts too many, and all that were sent before a look once they are answered", async () => {
    const step = fc.constantFrom<Step>("send", "send", "answer", "refuse", "tick")
    const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 20 })), {
      maxLength: 40,
      size: "max",
    })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const count = new AnswerCount()
        const waiting: PromiseWithResolvers<void>[] = []
        let [sent, answered] = [0, 0]
        const act: Record<Step, () => void> = {
          send: () => {
            const reply = Promise.withResolvers<void>()
            waiting.push(reply)
            count.add(reply.promise)
            // Whoever has sent it learns of that.
            reply.promise.catch(() => {})
            sent++
          },
          answer: () => {
            if (answered < sent) waiting[answered++]!.resolve()
          },
          refuse: () => {
            if (answered < sent) waiting[answered++]!.reject(new Error("refused"))
          },
          tick: () => count.refine(false),
        }
        for (const [kind, times] of all) {
          for (let time = 0; time < times; time++) act[kind]()
          await turn()
          expect(count.sent).toBe(sent)
          expect(count.answered).toBeLessThanOrEqual(answered)
        }
        // What was sent before a look is known to be answered as soon as it is.
        count.refine(false)
        const looked = sent
        act.send()
        while (answered < looked) act.answer()
        await turn()
        expect(count.answered).toBe(looked)
      }),
      { numRuns: 300 },
    )
  })

  test("tells each answer of a slow server that was looked at", async () => {
    const count = new AnswerCount()
    const replies = Array.from({ length: 40 }, () => Promise.withResolvers<void>())
    for (const { promise } of replies) count.add(promise)
    for (const [index, { resolve }] of replies.entries()) {
      resolve()
      await turn()
      // Silence is told by several looks; every answer in between is seen by the next.
      count.refine(true)
      await turn()
      expect(count.answered).toBe(index + 1)
    }
  })
})
