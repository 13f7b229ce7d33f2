import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/** What the page calls is answered by this gateway. */
const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:8099'
const forward = { target: gateway, changeOrigin: true }

/** Of the programs that esptool-js has for chips' memories, only the ESP8266's goes into the page. */
const oneChip = {
  name: 'one-chip',
  enforce: 'pre',
  resolveId: (source) => (/stub_flasher\/(?!esp8266\.)\w[^/]*\.json$/.test(source) ? '\0no-stub' : undefined),
  load: (id) => (id === '\0no-stub' ? 'export default undefined' : undefined),
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './', // below whatever http.base_path says
  publicDir: 'public',
  plugins: [svelte(), oneChip],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: {
    outDir: '.build',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: but images
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    manifest: 'manifest.json',
  },
  server: {
    port: Number(process.env.PORT ?? 5173),
    proxy: { '/api': forward, '/socket.io': { ...forward, ws: true } },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node', css: true },
})
