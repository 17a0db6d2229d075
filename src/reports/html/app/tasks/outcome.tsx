import { secondsText } from '../../../figure-text.ts';
import type { TrialReference } from '../../../report-document.ts';
import { trialAddress } from '../route.ts';

/** Shapes and words, so that nothing hangs on colour. */
const glyphs: Readonly<Record<TrialReference['status'], string>> = {
  resolved: '✓',
  unresolved: '✗',
  errored: '!',
  cancelled: '–',
};

export function Outcome({ trial }: { readonly trial: TrialReference }) {
  const { status, ending, message } = trial;
  const rest = [ending === 'finished' ? undefined : ending, message].filter((part) => part !== undefined);
  return (
    <span class={`outcome ${status}`}>
      <span aria-hidden="true">{glyphs[status]}</span> {status}
      {rest.length > 0 && <span class="interval"> {rest.join(': ')}</span>}
    </span>
  );
}

/** One attempt within a task's row: opens its page. */
export function Mark({ trial, arm }: { readonly trial: TrialReference; readonly arm: string }) {
  const time = trial.seconds === undefined ? undefined : secondsText(trial.seconds);
  const said = [`${arm}, attempt ${trial.attempt}: ${trial.status}`, time, trial.message];
  const text = said.filter((part) => part !== undefined).join(', ');
  return (
    <a
      class={`mark ${trial.status}`}
      href={trialAddress(trial.id)}
      data-opens={trial.id}
      aria-label={text}
      title={text}
    >
      <span class="glyph">{glyphs[trial.status]}</span> {time ?? trial.status}
    </a>
  );
}
