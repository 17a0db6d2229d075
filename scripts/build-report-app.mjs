// Builds the page of the HTML report: one script and one style sheet, which write-html.ts puts into every
// report. A classic script, since modules cannot be loaded from a file on the disk.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'dist/reports/html');

await build({
  configFile: false,
  root: join(root, 'src/reports/html/app'),
  logLevel: 'warn',
  define: { 'process.env.NODE_ENV': '"production"' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder,
    emptyOutDir: false,
    target: 'es2023',
    lib: {
      entry: 'main.tsx',
      formats: ['iife'],
      name: 'evalrunReport',
      fileName: () => 'report-app.js',
      cssFileName: 'report-app',
    },
  },
});

// In a page these would end the script or start a comment.
const script = readFileSync(join(folder, 'report-app.js'), 'utf8');
const unsafe = /<\/script|<!--/i.exec(script);
if (unsafe !== null) throw new Error(`the page's script holds "${unsafe[0]}", which HTML reads as its own`);
