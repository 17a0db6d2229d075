import { useEffect, useRef, useState } from 'preact/hooks';
import type { TrialPage } from '../../../report-document.ts';
import type { PageStore } from '../../page-data.ts';
import { loadTrial } from '../load-trial.ts';
import { Labels } from '../report/report.tsx';
import { trialAddress } from '../route.ts';
import { type Theme, ThemeButton } from '../theme.tsx';
import { TrialBody } from './trial-body.tsx';

interface Properties {
  readonly id: string;
  /** The trials in the order of the table. */
  readonly ids: readonly string[];
  readonly labels: readonly string[];
  readonly pages: PageStore;
  readonly theme: Theme;
  readonly isPrinting: boolean;
}

type Loaded =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'loaded'; readonly page: TrialPage };

/** A trial's page, unpacked when it is opened. */
export function TrialScreen({ id, ids, labels, pages, theme, isPrinting }: Properties) {
  const loaded = useTrial(id, pages);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [id]);
  return (
    <>
      <header class="page-header">
        <div class="header-line">
          <p class="product">
            <a href="#/">← All tasks</a>
          </p>
          <Neighbours id={id} ids={ids} />
          <ThemeButton theme={theme} />
        </div>
        <Labels labels={labels} />
        <h1 ref={heading} tabIndex={-1}>
          {loaded.status === 'loaded' ? loaded.page.trialId : id}
        </h1>
      </header>
      <main aria-busy={loaded.status === 'loading'}>
        {loaded.status === 'loading' && <p role="status">The trial is being unpacked …</p>}
        {loaded.status === 'failed' && <p role="alert">{loaded.message}</p>}
        {loaded.status === 'loaded' && (
          <TrialBody page={loaded.page} colours={theme.colours} isPrinting={isPrinting} />
        )}
      </main>
    </>
  );
}

function useTrial(id: string, pages: PageStore): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ status: 'loading' });
  useEffect(() => {
    let isWanted = true;
    const show = (state: Loaded): void => {
      if (isWanted) setLoaded(state);
    };
    setLoaded({ status: 'loading' });
    loadTrial(id, pages).then(
      (page) => show({ status: 'loaded', page }),
      (error: unknown) =>
        show({ status: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [id, pages]);
  return loaded;
}

/** The trials before and after this one, as the table has them. */
function Neighbours({ id, ids }: { readonly id: string; readonly ids: readonly string[] }) {
  const at = ids.indexOf(id);
  const before = at > 0 ? ids[at - 1] : undefined;
  const after = at < 0 ? undefined : ids[at + 1];
  return (
    <nav aria-label="Trials" class="neighbours">
      {before === undefined ? <span>Previous</span> : <a href={trialAddress(before)}>Previous</a>}
      {at >= 0 && (
        <span>
          {at + 1} of {ids.length}
        </span>
      )}
      {after === undefined ? <span>Next</span> : <a href={trialAddress(after)}>Next</a>}
    </nav>
  );
}
