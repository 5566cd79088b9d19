declare module "write-file-atomic" {
  interface Options {
    readonly fsync?: boolean
  }
  function writeFileAtomic(
    path: string,
    data: Uint8Array | string,
    options?: Options,
  ): Promise<void>
  namespace writeFileAtomic {
    function sync(path: string, data: Uint8Array | string, options?: Options): void
  }
  export = writeFileAtomic
}

declare module "proper-lockfile" {
  interface Options {
    readonly realpath?: boolean
  }
  function lock(path: string, options?: Options): Promise<() => Promise<void>>
  const lockfile: { readonly lock: typeof lock }
  export default lockfile
}
