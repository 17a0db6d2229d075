import type { TrialPage } from '../../report-document.ts';
import type { PageStore } from '../page-data.ts';

declare global {
  interface Window {
    /** Called by the files beside the report, each with its position and packed page. */
    evalrunTrial?: (position: number, packed: string) => void;
  }
}

/** Unpacks a trial's page from within the file or from beside it; rejects with a message for the reader. */
export async function loadTrial(id: string, store: PageStore): Promise<TrialPage> {
  const packed = store.kind === 'within' ? await packedWithin(id) : await packedBeside(id, store.ids);
  if (packed === undefined) throw new Error(`This report holds no page of the trial “${id}”.`);
  return JSON.parse(await unpack(packed)) as TrialPage;
}

async function packedWithin(id: string): Promise<string | undefined> {
  const find = (): string | undefined =>
    document.querySelector(`script[data-trial="${CSS.escape(id)}"]`)?.textContent ?? undefined;
  const found = find();
  if (found !== undefined || document.readyState !== 'loading') return found;
  // A large file is still being read.
  await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  return find();
}

const waiting = new Map<number, (packed: string) => void>();
window.evalrunTrial = (position, packed) => waiting.get(position)?.(packed);

async function packedBeside(id: string, ids: readonly string[]): Promise<string | undefined> {
  const position = ids.indexOf(id);
  if (position < 0) return undefined;
  const file = `trials/${position}.js`;
  const script = document.createElement('script');
  try {
    return await new Promise((resolve, reject) => {
      waiting.set(position, resolve);
      script.onerror = () =>
        reject(new Error(`${file} beside this report cannot be read; was it moved without it?`));
      script.onload = () => reject(new Error(`${file} holds no trial's page.`));
      script.src = file;
      document.head.append(script);
    });
  } finally {
    script.remove();
    waiting.delete(position);
  }
}

async function unpack(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}
