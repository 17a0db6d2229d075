import type { RunLine } from '../../page-data.ts';
import { Scroll } from '../scroll.tsx';
import { ThemeButton, usePageFont, useTheme } from '../theme.tsx';

/** The runs that `evalrun view` serves. */
export function RunList({ runs }: { readonly runs: readonly RunLine[] }) {
  usePageFont();
  const theme = useTheme(false);
  return (
    <>
      <header class="page-header">
        <div class="header-line">
          <p class="product">evalrun view</p>
          <ThemeButton theme={theme} />
        </div>
        <h1>Runs</h1>
      </header>
      <main>
        {runs.length === 0 && <p>There is no run yet.</p>}
        <Scroll label="Runs">
          <table class="tasks">
            <thead>
              <tr>
                <th scope="col">run</th>
                <th scope="col">what</th>
                <th scope="col">state</th>
                <th scope="col">started</th>
                <th scope="col" class="number">
                  ended
                </th>
                <th scope="col" class="number">
                  resolved
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.address}>
                  <th scope="row">
                    <a href={run.address}>{run.runId}</a>
                  </th>
                  <td>{run.title}</td>
                  <td>{run.state === 'running' ? <a href={`${run.address}live`}>running</a> : run.state}</td>
                  <td>{run.startedAt ?? '–'}</td>
                  <td class="number">
                    {run.ended} / {run.planned}
                  </td>
                  <td class="number">{run.resolved}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </main>
    </>
  );
}
