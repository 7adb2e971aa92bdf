/* The build of Fieldbook: the page, the web app manifest, and the service worker with the list of all files. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { holdfastAlias } from './alias.js'

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias: holdfastAlias },
  build: { target: 'es2022', emptyOutDir: true },
  plugins: [
    react(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: '.',
      filename: 'service-worker.ts',
      // The page registers the worker by itself: `parts/new-version.ts`.
      injectRegister: false,
      injectManifest: { globPatterns: ['**/*.{html,js,css,svg,png}'] },
      manifest: {
        id: '/',
        name: 'Fieldbook',
        short_name: 'Fieldbook',
        description: 'The visits of a field engineer: jobs and notes that outlast every tunnel.',
        start_url: '/',
        display: 'standalone',
        background_color: '#f6f5f1',
        theme_color: '#0b5f5b',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
        shortcuts: [
          { name: 'Jobs', url: '/#/jobs' },
          { name: 'Inbox', url: '/#/inbox' },
        ],
      },
    }),
  ],
})
