import type { DefaultTheme } from "vitepress"
import { areas } from "../generate/benchmarks/results.ts"

const packages = [
  "managers",
  "file",
  "db",
  "redis",
  "cache",
  "serializers",
  "core",
  "atomic",
  "all",
]

export const sidebar: DefaultTheme.Sidebar = [
  {
    text: "Begin",
    items: [
      { text: "Getting started", link: "/start" },
      { text: "Which package?", link: "/which-package" },
      { text: "Examples", link: "/examples" },
    ],
  },
  {
    text: "Guides",
    items: packages.map((name) => ({ text: `@persist/${name}`, link: `/guides/${name}` })),
  },
  {
    text: "Concepts",
    items: [
      { text: "Durability levels", link: "/concepts/durability" },
      { text: "History and recovery", link: "/concepts/history" },
      { text: "Keys", link: "/concepts/keys" },
      { text: "Limits", link: "/concepts/limits" },
      { text: "Leases and fencing", link: "/concepts/leases" },
      { text: "Errors", link: "/concepts/errors" },
      { text: "Conformance", link: "/concepts/conformance" },
    ],
  },
  {
    text: "Coming from",
    collapsed: true,
    items: [
      { text: "conf, electron-store", link: "/coming-from/conf" },
      { text: "lowdb", link: "/coming-from/lowdb" },
      { text: "keyv", link: "/coming-from/keyv" },
      { text: "unstorage", link: "/coming-from/unstorage" },
      { text: "lru-cache", link: "/coming-from/lru-cache" },
      { text: "cacheable", link: "/coming-from/cacheable" },
      { text: "superjson", link: "/coming-from/superjson" },
      { text: "better-sqlite3, Kysely", link: "/coming-from/better-sqlite3" },
      { text: "write-file-atomic, proper-lockfile", link: "/coming-from/write-file-atomic" },
      { text: "Python's original", link: "/coming-from/python" },
    ],
  },
  {
    text: "How fast",
    collapsed: true,
    items: [
      { text: "Every target", link: "/benchmarks/" },
      ...areas().map((area) => ({ text: area, link: `/benchmarks/${area}` })),
    ],
  },
  {
    text: "Reference",
    collapsed: true,
    items: [
      { text: "Packages", link: "/reference/" },
      ...packages.map((name) => ({ text: `@persist/${name}`, link: `/reference/${name}` })),
    ],
  },
]
