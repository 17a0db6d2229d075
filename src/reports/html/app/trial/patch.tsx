import type { ComponentChildren } from 'preact';
import { Scroll } from '../scroll.tsx';

/** A diff, line by line; the signs stay, so that colour only helps. */
export function Patch({ text }: { readonly text: string | undefined }): ComponentChildren {
  if (text === undefined) return <p>No patch was collected.</p>;
  if (text.trim() === '') return <p>Nothing was changed.</p>;
  const lines = text.replace(/\n$/, '').split('\n');
  const count = (sign: '+' | '-'): number => lines.filter((line) => kindOf(line) === kinds[sign]).length;
  return (
    <>
      <p class="interval">
        {count('+')} lines added, {count('-')} removed
      </p>
      <Scroll label="Patch">
        <pre class="diff">
          {lines.map((line, at) => (
            <span key={at} class={kindOf(line)}>
              {line}
              {'\n'}
            </span>
          ))}
        </pre>
      </Scroll>
    </>
  );
}

const kinds: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'hunk' };

function kindOf(line: string): string {
  if (/^(diff |index |\+\+\+ |--- |(new|deleted) file|rename |similarity |Binary files)/.test(line))
    return 'file';
  return kinds[line.charAt(0)] ?? '';
}
