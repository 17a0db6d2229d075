import { buildDocument } from '../../reports/build-document.ts';
import { loadRun } from '../../reports/load-run.ts';
import { reportArms } from '../../reports/report-arms.ts';
import { pagePlaces } from '../../reports/report-pages.ts';
import type { CommandContext } from '../command.ts';
import { describeEvalrun } from '../run/describe-host.ts';
import type { OpenRun } from './report-cache.ts';

/** As `evalrun report` draws it, so that the same records show the same figures. */
const seed = 1;

/** A run's report from its records as they are now; trials are read when they are opened. */
export function reportOpener({ packageFolder }: Pick<CommandContext, 'packageFolder'>): OpenRun {
  return async (folder, signal) => {
    const loaded = await loadRun(folder, { signal });
    const arms = reportArms([loaded]);
    const { version: evalrunVersion } = await describeEvalrun(packageFolder);
    const places = pagePlaces(arms);
    return {
      document: buildDocument({
        runs: [loaded],
        arms,
        kind: 'run',
        seed,
        evalrunVersion,
        generatedAt: new Date(),
      }),
      ids: places.map(({ id }) => id),
      page: async (position) => places[position]?.page(),
    };
  };
}
