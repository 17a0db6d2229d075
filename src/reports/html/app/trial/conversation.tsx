import { useState } from 'preact/hooks';
import { secondsText } from '../../../figure-text.ts';
import type { TrialPage } from '../../../report-document.ts';

type Step = TrialPage['steps'][number];
type ToolCall = Step['toolCalls'][number];

interface Properties {
  readonly steps: readonly Step[];
  readonly isPrinting: boolean;
}

/** What was said and done, in order; what tools answered is folded away. */
export function Conversation({ steps, isPrinting }: Properties) {
  const [isOpen, setOpen] = useState(false);
  if (steps.length === 0) return <p>No conversation was recorded.</p>;
  const isUnfolded = isOpen || isPrinting;
  return (
    <>
      <button type="button" class="unfold" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Fold all tool calls' : 'Unfold all tool calls'}
      </button>
      <ol class="conversation">
        {steps.map((step, at) => (
          <li key={at} class={`step ${step.source}`}>
            <p class="step-head">
              <strong>{step.source}</strong> <span class="interval">at {secondsText(step.atSeconds)}</span>
            </p>
            {step.reasoning !== undefined && step.reasoning !== '' && (
              <details open={isUnfolded}>
                <summary>reasoning</summary>
                <pre class="prose">{step.reasoning}</pre>
              </details>
            )}
            {step.message !== '' && <pre class="prose">{step.message}</pre>}
            {step.toolCalls.map((call, number) => (
              <Call key={number} call={call} isOpen={isUnfolded} />
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}

function Call({ call, isOpen }: { readonly call: ToolCall; readonly isOpen: boolean }) {
  const { name, arguments: given, output, exitCode, seconds } = call;
  const ended = [
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    seconds === undefined ? undefined : secondsText(seconds),
  ].filter((part) => part !== undefined);
  return (
    <details class={`call ${exitCode === undefined || exitCode === 0 ? '' : 'nonzero'}`} open={isOpen}>
      <summary>
        <strong>{name}</strong> <code>{firstLine(given)}</code>
        <span class="interval"> {ended.join(', ')}</span>
      </summary>
      <pre>{given}</pre>
      <p class="call-part">output</p>
      <pre>{output === '' ? '(nothing)' : output}</pre>
    </details>
  );
}

const mostLetters = 140;

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > mostLetters || line.length < text.length ? `${line.slice(0, mostLetters)} …` : line;
}
