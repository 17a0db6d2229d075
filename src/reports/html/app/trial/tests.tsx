import type { TrialPage } from '../../../report-document.ts';
import { Scroll } from '../scroll.tsx';

/** What the hidden tests said; the failed ones first. */
export function Tests({ tests }: { readonly tests: TrialPage['tests'] }) {
  if (tests.length === 0) return <p>No single tests were recorded.</p>;
  const passed = tests.filter(({ status }) => isPassed(status));
  const ordered = [...tests.filter(({ status }) => !isPassed(status)), ...passed];
  const hasSets = tests.some(({ set }) => set !== undefined);
  return (
    <>
      <p>
        {passed.length} of {tests.length} passed
      </p>
      <Scroll label="Tests">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">result</th>
              {hasSets && <th scope="col">set</th>}
              <th scope="col">test</th>
            </tr>
          </thead>
          <tbody>
            {ordered.map(({ name, status, set }, at) => (
              <tr key={at}>
                <td class={`outcome ${isPassed(status) ? 'resolved' : 'unresolved'}`}>
                  <span aria-hidden="true">{isPassed(status) ? '✓' : '✗'}</span> {status}
                </td>
                {hasSets && <td>{set ?? ''}</td>}
                <th scope="row">{name}</th>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function isPassed(status: string): boolean {
  return /^pass/i.test(status);
}
