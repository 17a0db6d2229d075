import type { Task } from '../../domain/task.ts';
import { chooseTasks } from '../../suites/choose-tasks.ts';
import { interventionsOf, withInterventions } from '../../suites/interventions.ts';
import type { Suite } from '../../suites/load-suite.ts';
import type { CommandContext } from '../command.ts';
import { type OpenedDataset, openChosen } from './open-dataset.ts';

export interface OpenedSuite {
  readonly datasets: readonly OpenedDataset[];
  /** What the suite chooses of them, as it is tried: with the suite's interventions. */
  readonly tasks: readonly Task[];
}

export async function openSuite(
  suite: Suite,
  allowHostEnv: boolean,
  context: CommandContext,
): Promise<OpenedSuite> {
  const datasets: OpenedDataset[] = [];
  const chosen: Task[] = [];
  for (const choice of suite.file.datasets) {
    const opened = await openChosen(choice, suite, allowHostEnv, context);
    datasets.push(opened);
    chosen.push(...chooseTasks(opened.dataset.tasks, choice, suite.path));
  }
  return { datasets, tasks: await withInterventions(chosen, interventionsOf(suite), suite.path) };
}
