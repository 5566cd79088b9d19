/** What a file system tells about one file; the shape of Node's `BigIntStats`. */
export interface FileFacts {
  /** The device that holds the file. */
  readonly dev: bigint
  /** The file's number on its device. */
  readonly ino: bigint
  /** Type and permission bits. */
  readonly mode: bigint
  readonly uid: bigint
  readonly gid: bigint
  /** How many names the file has. */
  readonly nlink: bigint
  /** Bytes. */
  readonly size: bigint
  /** When the content last changed: nanoseconds since 1970 on the file system's own clock. */
  readonly mtimeNs: bigint
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

/**
 * The file system calls that this package makes: the seam at which tests record, delay and fail them.
 *
 * Calls that only touch metadata are synchronous, because a trip through the thread pool costs more than
 * they do; what waits for a disk (syncs, large writes) has an asynchronous twin.
 */
export interface FileSystem {
  /** The codes of a failed rename that can go away by themselves, so that trying again makes sense. */
  readonly transientRenameCodes: ReadonlySet<string>

  openSync(path: string, flags: string, mode?: number): number
  closeSync(descriptor: number): void
  writeSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): number
  fsyncSync(descriptor: number): void
  fstatSync(descriptor: number): FileFacts
  /** @param path Of the open file, where no call by its descriptor is allowed (Node's permission model). */
  fchmodSync(descriptor: number, mode: number, path?: string): void
  /** @param path As for `fchmodSync`. */
  fchownSync(descriptor: number, uid: number, gid: number, path?: string): void

  /** The facts of `path` itself, links not followed; undefined when there is nothing. */
  lstatSync(path: string): FileFacts | undefined
  /** Everything from the descriptor's position on. */
  readAllSync(descriptor: number): Uint8Array
  readlinkSync(path: string): string
  realpathSync(path: string): string
  readdirSync(path: string): string[]
  mkdirSync(path: string, mode: number): void
  linkSync(existing: string, path: string): void
  renameSync(from: string, to: string): void
  unlinkSync(path: string): void
  /** The number that names the kind of file system (`statfs.f_type`), where the platform has one. */
  kindSync(path: string): number | undefined

  write(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<number>
  /** @param path As for `fchmodSync`. */
  fsync(descriptor: number, path?: string): Promise<void>
  close(descriptor: number): Promise<void>
  rename(from: string, to: string): Promise<void>
}
