import type { PageAssets } from './page-assets.ts';
import type { PageData } from './page-data.ts';

/** A page without its end: what is added before `pageEnd` is data, read when it is asked for. */
export function pageStart(title: string, data: PageData, assets: PageAssets): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escaped(contentPolicy(data, assets))}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escaped(title)}</title>`,
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    '<div id="app"></div>',
    '<noscript>This report is drawn by the script that it holds; allow scripts for this file to read it.</noscript>',
    `<script type="application/json" id="evalrun-data">${embeddedJson(data)}</script>`,
    // Before the trials: the report can be used while a large file is still being read.
    `<script>${assets.script}</script>`,
    '',
  ].join('\n');
}

export const pageEnd = '</body>\n</html>\n';

/** A trial's page within the file. */
export function embeddedTrial(id: string, packed: string): string {
  return `<script type="text/plain" data-trial="${escaped(id)}">${packed}</script>\n`;
}

/** A trial's page beside the file: a script, since pages on a disk may load nothing else. */
export function trialFile(position: number, packed: string): string {
  return `evalrunTrial(${position},"${packed}");\n`;
}

/**
 * Nothing is loaded from anywhere, and of scripts and styles only our own run, named by their hashes. Trials
 * beside the file are loaded by our script (strict-dynamic); a live page listens to its own server.
 */
function contentPolicy(data: PageData, { scriptHash, styleHash }: PageAssets): string {
  const loadsTrials = data.screen === 'report' && data.pages.kind === 'beside';
  return [
    "default-src 'none'",
    `script-src ${scriptHash}${loadsTrials ? " 'strict-dynamic'" : ''}`,
    `style-src ${styleHash}`,
    'img-src data:',
    `connect-src ${data.screen === 'live' ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** JSON that cannot end its script: HTML looks for `<` only. */
function embeddedJson(data: PageData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
