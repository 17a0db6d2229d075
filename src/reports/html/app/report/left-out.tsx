import type { ReportDocument } from '../../../report-document.ts';

/** What the figures do not rest on, and what could not be read. */
export function LeftOut({ report: { leftOut, warnings } }: { readonly report: ReportDocument }) {
  if (leftOut.length === 0 && warnings.length === 0) return null;
  return (
    <section aria-labelledby="left-out">
      <h2 id="left-out" tabIndex={-1}>
        Left out, and warnings
      </h2>
      <ul>
        {leftOut.map(({ reason, count, examples }) => (
          <li key={reason}>
            <strong>{count}</strong> {reason}
            {examples.length > 0 && <span class="interval"> {examples.join(', ')}</span>}
          </li>
        ))}
        {warnings.map((warning, at) => (
          <li key={at}>⚠ {warning}</li>
        ))}
      </ul>
    </section>
  );
}
