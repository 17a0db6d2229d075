import { finalTurn, shellTurn, type Turn } from './turn.ts';

/** Name of the task, in a request's metadata, that is nothing but round trips. */
export const latencyTask = 'latency';

const words = 'one tool call and nothing else so that what is measured is the way there and back again';

/** So many turns of one small call each, then a final one. */
export function playLatency(rounds: number, answered: number): Turn {
  if (answered >= rounds) return finalTurn('That was the last round.');
  return shellTurn('', `echo round ${answered + 1}: ${words}`);
}
