import { defineConfig } from "vitepress"
import { quoteMeasurements } from "./quotations.ts"
import { sidebar } from "./sidebar.ts"

export default defineConfig({
  title: "persist",
  description: "Durable storage for Node: what was saved is there.",
  lang: "en",
  srcDir: "pages",
  cleanUrls: true,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/logo.svg" }]],
  markdown: { config: quoteMeasurements },
  vite: {
    publicDir: "../public",
    // The search index and the reference are larger than what Vite expects of a page.
    build: { chunkSizeWarningLimit: 4000 },
  },
  themeConfig: {
    logo: "/logo.svg",
    outline: [2, 3],
    search: { provider: "local" },
    nav: [
      { text: "Getting started", link: "/start" },
      { text: "Guides", link: "/which-package", activeMatch: "/(guides|which-package)" },
      { text: "How fast", link: "/benchmarks/", activeMatch: "/benchmarks/" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
    ],
    sidebar,
    footer: {
      message: "MIT. Everything on this site works offline; nothing is loaded from elsewhere.",
    },
  },
})
