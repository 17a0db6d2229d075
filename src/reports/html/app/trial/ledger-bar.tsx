import type { ChartTheme } from '../../../charts/chart-theme.ts';
import { percentText, secondsText } from '../../../figure-text.ts';
import type { TrialPage } from '../../../report-document.ts';

interface Properties {
  readonly ledger: TrialPage['ledger'];
  readonly colours: ChartTheme;
}

/** The parts of the trial's time as one bar, and in words. */
export function LedgerBar({ ledger, colours }: Properties) {
  const used = ledger.filter(({ part, seconds }) => seconds > 0 || part === 'unattributed');
  const total = used.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return <p>No time was recorded.</p>;
  return (
    <>
      <div class="ledger-bar" aria-hidden="true">
        {used.map(({ part, seconds }) => (
          <span
            key={part}
            title={`${part}: ${secondsText(seconds)}`}
            style={{
              width: `${(seconds / total) * 100}%`,
              background: colours.ledger[part] ?? colours.faint,
            }}
          />
        ))}
      </div>
      <ul class="ledger-legend">
        {used.map(({ part, seconds }) => (
          <li key={part}>
            <span
              class="swatch"
              aria-hidden="true"
              style={{ background: colours.ledger[part] ?? colours.faint }}
            />
            {part} <span class="value">{secondsText(seconds)}</span>{' '}
            <span class="interval">{percentText(seconds / total)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
