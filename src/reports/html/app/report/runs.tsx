import type { ReportDocument } from '../../../report-document.ts';

/** Where and how it was measured. */
export function Runs({ report: { runs } }: { readonly report: ReportDocument }) {
  return (
    <section aria-labelledby="runs">
      <h2 id="runs" tabIndex={-1}>
        Runs
      </h2>
      {runs.map((run) => (
        <div key={run.runId} class="run">
          <h3>{run.runId}</h3>
          <p>
            {run.suite}: {run.datasets.join(' + ')}. {factsOf(run).join('; ')}.
          </p>
          <ul>
            {run.notes.map((note, at) => (
              <li key={at}>{note}</li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** An imported run does not know all of them. */
function factsOf({ startedAt, state, host, engine, jobs, seed }: ReportDocument['runs'][number]): string[] {
  return [
    startedAt === undefined ? undefined : `started ${startedAt}`,
    state,
    host,
    engine,
    jobs === undefined ? undefined : `${jobs} at a time`,
    seed === undefined ? undefined : `seed ${seed}`,
  ].filter((fact) => fact !== undefined);
}
