import type { ImportedRun, Run, RunFacts } from '../domain/run.ts';
import { replayPrefix } from './replay-text.ts';

/** What every title says: the dataset, n, and the word simulated where the simulator answered. */
export function runTitle(run: Run | ImportedRun | RunFacts): string {
  const label = run.simulated ? 'SIMULATED · ' : 'imported' in run ? 'IMPORTED · ' : '';
  return `${label}${replayPrefix(run)}${run.suite.name} (${datasetNames(run).join(' + ')})`;
}

/** Each dataset with n: "swe-pro-mini, 12 bundled tasks; not SWE-Bench Pro". */
export function datasetNames(run: RunFacts): string[] {
  return run.datasets.map((dataset) => nameWithTitle(dataset, tasksOf(run, dataset.name)));
}

/** A dataset's title with the number of tasks where it leaves room for it: "{n} bundled tasks; not X". */
export function filledTitle(title: string, n: number): string {
  const filled = title.replaceAll('{n}', String(n));
  return n === 1 ? filled.replace(/^(1 (?:\S+ )??)tasks\b/, '$1task') : filled;
}

/** Titles by dataset's name, filled with the number of the run's tasks. */
export function datasetTitles(run: RunFacts): Map<string, string> {
  return new Map(
    run.datasets.flatMap(({ name, title }) =>
      title === undefined ? [] : [[name, filledTitle(title, tasksOf(run, name))]],
    ),
  );
}

function nameWithTitle({ name, title }: RunFacts['datasets'][number], n: number): string {
  if (title?.includes('{n}') === true) return `${name}, ${filledTitle(title, n)}`;
  return `${name}, ${n} ${n === 1 ? 'task' : 'tasks'}${title === undefined ? '' : `; ${title}`}`;
}

function tasksOf(run: RunFacts, dataset: string): number {
  return run.tasks.filter((task) => task.dataset === dataset).length;
}

/** Stand-ins that took the place of named images, as sentences. */
export function standInLines(run: Run | ImportedRun): string[] {
  return imageMapOf(run)
    .filter(({ standIn }) => standIn)
    .map(
      ({ from, to }) =>
        `image ${from} is a stand-in built here from Debian's packages (${to}), not the published image`,
    );
}

function imageMapOf(run: Run | ImportedRun): Run['imageMap'] {
  return 'imported' in run ? [] : run.imageMap;
}
