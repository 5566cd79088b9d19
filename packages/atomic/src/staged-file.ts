import type { FileFacts } from "./file-system.ts"
import type { Draft } from "./files/draft.ts"
import { makeEntriesDurable, makeEntriesDurableSync } from "./files/durable-entry.ts"
import { holdContent } from "./files/hold-content.ts"
import { renameOnce, renameWithRetry, renameWithRetrySync } from "./files/rename.ts"
import type { Target } from "./files/target.ts"
import { checkFunction } from "./option-values.ts"
import { optionsCheck, throwIfAborted } from "./options.ts"
import { PersistError } from "./persist-error.ts"
import { runNow } from "./run-now.ts"
import { othersTurn } from "./turn.ts"
import type { WriteSettings } from "./write-options.ts"

/** What a finished write tells about the file. */
export interface WrittenFile {
  /** The file that was written: where the links led, if there were any. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly dev: bigint
  readonly ino: bigint
  /** When the content was written: nanoseconds since 1970 on the file system's own clock. */
  readonly mtimeNs: bigint
  /** Permission bits. */
  readonly mode: number
  /** Whether there was a file before. */
  readonly replaced: boolean
}

/** Options of `StagedFile.commit`. */
export interface CommitOptions {
  /** Runs directly before the rename, nothing in between; what it throws keeps the old file. */
  readonly check?: (() => void) | undefined
}

const checkNames = optionsCheck<CommitOptions>("commit", { check: true })

/** The check of a commit, as a rename takes it. */
function commitCheck(options: CommitOptions): (() => void) | undefined {
  checkNames(options)
  const { check } = options
  checkFunction("check", check)
  return check && (() => runNow("check", check))
}

// Renaming over a file flushes data that was never synced, on file systems that are kind to sloppy programs.
const slowRenameBytes = 1_048_576

/** New content that lies on the disk beside its target and waits for `commit` or `discard`. */
export class StagedFile {
  readonly #draft: Draft
  readonly #target: Target
  readonly #facts: FileFacts
  readonly #settings: WriteSettings
  #isBegun = false
  #isDone = false

  /** Use `stageFile`. */
  constructor(draft: Draft, target: Target, facts: FileFacts, settings: WriteSettings) {
    this.#draft = draft
    this.#target = target
    this.#facts = facts
    this.#settings = settings
  }

  /** The file that `commit` replaces: where the links lead, if there are any. */
  get path(): string {
    return this.#target.path
  }

  /** The file that holds the new content until then. */
  get temporary(): string {
    return this.#draft.path
  }

  /** The facts of the file that was there when staging began; undefined when there was none. */
  get existing(): FileFacts | undefined {
    return this.#target.existing
  }

  /** The facts of the new file. */
  get facts(): FileFacts {
    return this.#facts
  }

  /**
   * Replaces the target. Up to the rename everything happens synchronously within the call, unless
   * a large content was never synced, so commits take effect in the order of the calls.
   *
   * @throws `ERR_PERSIST_ABORTED` and system errors, the old file staying; `ERR_PERSIST_INDETERMINATE`
   * when the new content is visible but the folder could not be synced, or the disk answers nothing any more.
   */
  async commit(options: CommitOptions = {}): Promise<WrittenFile> {
    await this.rename(options)
    await this.settle()
    const turn = othersTurn()
    if (turn !== undefined) await turn
    return this.written
  }

  /** `commit` for programs that cannot wait. */
  commitSync(options: CommitOptions = {}): WrittenFile {
    this.renameSync(options)
    this.settleSync()
    return this.written
  }

  /** The first half of `commit`: the new content is there for all to see. */
  async rename(options?: CommitOptions): Promise<void> {
    const { fileSystem, durability, signal } = this.#settings
    const check = options && commitCheck(options)
    const isReplacing = this.existing !== undefined
    this.#begin()
    const letGo = holdContent(fileSystem, this.#target)
    try {
      throwIfAborted(signal, `Writing ${this.path}`)
      await renameWithRetry(fileSystem, {
        from: this.temporary,
        to: this.path,
        facts: this.#facts,
        check,
        signal,
        slow: durability === "none" && isReplacing && this.#facts.size >= slowRenameBytes,
      })
    } catch (error) {
      this.discard()
      throw error
    } finally {
      letGo?.()
    }
    this.#finish()
  }

  /**
   * `rename` by one attempt, before this returns.
   *
   * @param check As `CommitOptions.check`.
   * @returns False when the old file stays and another attempt might succeed: `discard` this one, and stage again.
   */
  tryRename(check: () => void): boolean {
    const { fileSystem, signal } = this.#settings
    this.#begin()
    const { temporary: from, path: to } = this
    const letGo = holdContent(fileSystem, this.#target)
    try {
      if (!renameOnce(fileSystem, { from, to, facts: this.#facts, check, signal })) return false
    } finally {
      letGo?.()
    }
    this.#finish()
    return true
  }

  /** The second half of `commit`: the new content survives what the durability says. */
  async settle(): Promise<void> {
    if (this.#settings.durability !== "full") return
    try {
      await makeEntriesDurable(this.#settings.fileSystem, this.#target.folder)
    } catch (error) {
      throw this.#indeterminate(error)
    }
  }

  /** `rename` for programs that cannot wait. */
  renameSync(options: CommitOptions = {}): void {
    const { fileSystem, signal } = this.#settings
    const check = commitCheck(options)
    this.#begin()
    try {
      throwIfAborted(signal, `Writing ${this.path}`)
      const { temporary: from, path: to } = this
      renameWithRetrySync(fileSystem, { from, to, facts: this.#facts, check })
    } catch (error) {
      this.discard()
      throw error
    }
    this.#finish()
  }

  /** `settle` for programs that cannot wait. */
  settleSync(): void {
    if (this.#settings.durability !== "full") return
    try {
      makeEntriesDurableSync(this.#settings.fileSystem, this.#target.folder)
    } catch (error) {
      throw this.#indeterminate(error)
    }
  }

  /** What the finished write tells. */
  get written(): WrittenFile {
    const { dev, ino, mtimeNs, mode, size } = this.#facts
    return {
      path: this.path,
      size: Number(size),
      dev,
      ino,
      mtimeNs,
      mode: Number(mode) & 0o7777,
      replaced: this.existing !== undefined,
    }
  }

  /** Removes the new content; the old file stays. Does nothing after `commit` or a second time. */
  discard(): void {
    if (this.#isDone) return
    this.#isBegun = true
    this.#isDone = true
    this.#draft.discard()
  }

  [Symbol.dispose](): void {
    this.discard()
  }

  #begin(): void {
    if (!this.#isBegun) {
      this.#isBegun = true
      return
    }
    throw new PersistError(
      "ERR_PERSIST_CLOSED",
      `The staged file for ${this.path} was committed or discarded before; stage it again.`,
      { path: this.path },
    )
  }

  #finish(): void {
    this.#isDone = true
    this.#draft.settle()
  }

  #indeterminate(cause: unknown): PersistError {
    return new PersistError(
      "ERR_PERSIST_INDETERMINATE",
      `${this.path} has its new content, but the folder could not be synced: after a power cut the old one may be back. Check the disk, then write again.`,
      { cause, path: this.path },
    )
  }
}
