import type { ChartTheme } from '../../../charts/chart-theme.ts';
import type { TrialPage } from '../../../report-document.ts';
import { SectionNav } from '../section-nav.tsx';
import { Conversation } from './conversation.tsx';
import { LedgerBar } from './ledger-bar.tsx';
import { Patch } from './patch.tsx';
import { Tests } from './tests.tsx';
import { Waterfall } from './waterfall.tsx';

interface Properties {
  readonly page: TrialPage;
  readonly colours: ChartTheme;
  readonly isPrinting: boolean;
}

const parts = [
  ['time', 'Time'],
  ['conversation', 'Conversation'],
  ['patch', 'Patch'],
  ['tests', 'Tests'],
] as const;

export function TrialBody({ page, colours, isPrinting }: Properties) {
  return (
    <>
      <p class="trial-line">
        <span class={`outcome ${page.status}`}>{page.status}</span> {page.outcome}{' '}
        <span class="interval">by</span> {page.arm} <span class="interval">on</span> {page.taskId}
      </p>
      {[...page.notes, ...page.cut].map((note, at) => (
        <p key={at} class="note">
          {note}
        </p>
      ))}
      <SectionNav label="Parts of this page" sections={parts} />
      <section aria-labelledby="time">
        <h2 id="time" tabIndex={-1}>
          Where the time went
        </h2>
        <LedgerBar ledger={page.ledger} colours={colours} />
        <Waterfall bars={page.waterfall} colours={colours} />
      </section>
      <section aria-labelledby="conversation">
        <h2 id="conversation" tabIndex={-1}>
          Conversation
        </h2>
        <Conversation steps={page.steps} isPrinting={isPrinting} />
      </section>
      <section aria-labelledby="patch">
        <h2 id="patch" tabIndex={-1}>
          Patch
        </h2>
        <Patch text={page.patch} />
      </section>
      <section aria-labelledby="tests">
        <h2 id="tests" tabIndex={-1}>
          Tests
        </h2>
        <Tests tests={page.tests} />
      </section>
    </>
  );
}
