import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { withInterventions } from '../../suites/interventions.ts';
import type { CommandContext } from '../command.ts';
import { open } from './open-dataset.ts';

/** Everything that the run's datasets hold, with the run's interventions. */
export async function tasksById(run: Run, context: CommandContext): Promise<Map<string, Task>> {
  const tasks: Task[] = [];
  for (const { folder, format } of run.datasets) {
    const { dataset } = await open(folder, format, run.hostEnvAllowed, context);
    tasks.push(...dataset.tasks);
  }
  const changed = await withInterventions(tasks, run.interventions ?? [], run.suite.path);
  return new Map(changed.map((task) => [task.id, task]));
}
