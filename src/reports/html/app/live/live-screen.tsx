import { useEffect, useState } from 'preact/hooks';
import { secondsText } from '../../../figure-text.ts';
import type { LiveArm, LiveState, RunLine } from '../../page-data.ts';
import { ThemeButton, usePageFont, useTheme } from '../theme.tsx';

/** A run as it goes on. */
export function LiveScreen({ run }: { readonly run: RunLine }) {
  usePageFont();
  const theme = useTheme(false);
  const { live, isConnected } = useLive();
  const ended = live?.arms.reduce((sum, arm) => sum + endedOf(arm), 0) ?? 0;
  const state = live?.state ?? run.state;
  return (
    <>
      <header class="page-header">
        <div class="header-line">
          <p class="product">
            <a href="../../">evalrun view</a>
          </p>
          <ThemeButton theme={theme} />
        </div>
        <h1>{run.title}</h1>
        <p>
          {run.runId}: <strong>{state}</strong>.{' '}
          <a href="./">{state === 'running' ? 'The report so far' : 'The report'}</a>
          {!isConnected && state === 'running' && (
            <span role="alert"> The connection is lost; trying again …</span>
          )}
        </p>
      </header>
      <main>
        {live === undefined ? (
          <p role="status">Waiting for the first news …</p>
        ) : (
          <Progress live={live} ended={ended} />
        )}
      </main>
    </>
  );
}

function Progress({ live, ended }: { readonly live: LiveState; readonly ended: number }) {
  return (
    <>
      <p role="status" class="lead">
        {ended} of {live.planned} trials ended
        {live.unreadable > 0 && `; ${live.unreadable} lines could not be read`}
      </p>
      <progress max={live.planned} value={ended} aria-label="Trials ended" />
      <h2>Arms</h2>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">arm</th>
            {['ended', 'resolved', 'unresolved', 'errored', 'cancelled'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {live.arms.map((arm) => (
            <tr key={arm.name}>
              <th scope="row">{arm.name}</th>
              <td>
                {endedOf(arm)} / {arm.planned}
              </td>
              <td>{arm.resolved}</td>
              <td>{arm.unresolved}</td>
              <td>{arm.errored}</td>
              <td>{arm.cancelled}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>Ended last</h2>
      <ol class="last-trials">
        {live.last.map(({ trialId, outcome, message, seconds }) => (
          <li key={trialId}>
            <span class={`outcome ${outcome}`}>{outcome}</span> {trialId}
            <span class="interval">
              {seconds !== undefined && ` ${secondsText(seconds)}`} {message}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function endedOf({ resolved, unresolved, errored, cancelled }: LiveArm): number {
  return resolved + unresolved + errored + cancelled;
}

/** The server's events; the browser connects again by itself. */
function useLive(): { live: LiveState | undefined; isConnected: boolean } {
  const [live, setLive] = useState<LiveState>();
  const [isConnected, setConnected] = useState(true);
  useEffect(() => {
    const source = new EventSource('events');
    source.onopen = () => setConnected(true);
    source.onerror = () => setConnected(false);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const state = JSON.parse(data) as LiveState;
      setLive(state);
      if (state.state !== 'running') source.close();
    };
    return () => source.close();
  }, []);
  return { live, isConnected };
}
