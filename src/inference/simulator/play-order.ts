import type { Task, TaskStep } from '../../domain/task.ts';
import { type Progress, readProgress } from './conversation.ts';
import { textOfItem, type WireItem } from './create-request.ts';

interface Part {
  readonly step: TaskStep;
  readonly progress: Progress;
  /** The task as it was before the user's order is always played well: what counts comes after it. */
  readonly isOld: boolean;
}

/**
 * Which part of a task is played: where the user steps in, the task as it was until the order is heard, and the
 * changed one from there on. A task whose draw does not solve it goes on with what it did before.
 */
export function partOf(task: Task, step: TaskStep, conversation: readonly WireItem[]): Part {
  const { intervention } = task;
  const progress = readProgress(conversation);
  if (intervention === undefined) return { step, progress, isOld: false };
  const order = conversation.findLastIndex(
    (item) => item['role'] === 'user' && textOfItem(item) === intervention.message,
  );
  if (order !== -1) return { step, progress: readProgress(conversation.slice(order + 1)), isOld: false };
  const { solution: _, wrongSolution: original, ...rest } = step;
  const asItWas = original === undefined ? rest : { ...rest, solution: original };
  return { step: asItWas, progress, isOld: true };
}
