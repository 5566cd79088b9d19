// What of msgpackr is used here.

/** Room in the buffer that is being written, from `position` on. */
export interface Room {
  readonly target: Buffer
  readonly targetView: DataView
  readonly position: number
}

export interface Extension<T extends object> {
  readonly Class: new (...args: never[]) => T
  readonly type: number
  pack(value: T, allocate: (size: number) => Room): void
}

export interface Options {
  readonly useRecords: false
  readonly variableMapSize: boolean
  readonly moreTypes: boolean
}

export declare class Packr {
  constructor(options: Options)
  pack(value: unknown, mode?: number): Buffer
  useBuffer(buffer: Buffer): void
}

export declare function addExtension<T extends object>(extension: Extension<T>): void

/** A mode of `pack`: the next result takes the same place in the buffer. */
export declare const RESET_BUFFER_MODE: number
