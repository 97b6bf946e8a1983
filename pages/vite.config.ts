import { svelte } from '@sveltejs/vite-plugin-svelte'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const here = import.meta.dirname
// The gateway serves the tablet's page, the board and the pages of squares and line, the platform its own: two builds of one set of components.
const builds: Record<string, { pages: string[]; out: string }> = {
  gateway: { pages: ['index.html', 'board.html', 'stations.html', 'line.html'], out: '../edge/web/static' },
  platform: { pages: ['index.html'], out: '../cloud_sync/platform/static' },
}

export default defineConfig(({ mode }) => {
  const build = builds[mode] ?? builds['gateway']!
  const root = resolve(here, mode in builds ? mode : 'gateway')
  return {
    root,
    plugins: [svelte({ configFile: false })],
    publicDir: resolve(here, 'public'),
    build: {
      outDir: resolve(here, build.out),
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rollupOptions: { input: build.pages.map((page) => resolve(root, page)) },
    },
  }
})
