// The peers that ship no types: the calls that are compared, and no more.
declare module "write-file-atomic" {
  export default function writeFileAtomic(
    path: string,
    data: string,
    options?: { readonly fsync?: boolean },
  ): Promise<void>
}

declare module "node-persist" {
  interface NodePersist {
    init(): Promise<unknown>
    setItem(key: string, value: unknown): Promise<unknown>
  }
  const nodePersist: { create(options: { readonly dir: string }): NodePersist }
  export default nodePersist
}
