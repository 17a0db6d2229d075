import { millisecondsText, secondsText, usdText, wholeText } from '../../../figure-text.ts';
import { trialAddress } from '../route.ts';
import { Mark, Outcome } from './outcome.tsx';
import type { Column } from './sort-header.tsx';
import type { TaskRow, TrialRow } from './table-state.ts';

export function taskColumns(rows: readonly TaskRow[], arms: readonly string[]): Column[] {
  const has = (part: 'difficulty' | 'group'): boolean => rows.some(({ task }) => task[part] !== undefined);
  return [
    { id: 'task', name: 'task' },
    ...(has('group') ? [{ id: 'group', name: 'group', isMinor: true }] : []),
    ...(has('difficulty') ? [{ id: 'difficulty', name: 'difficulty', isMinor: true }] : []),
    ...arms.map((arm) => ({ id: `arm:${arm}`, name: arm })),
  ];
}

export function TaskLine({ row, columns }: { readonly row: TaskRow; readonly columns: readonly Column[] }) {
  const { task, trials } = row;
  return (
    <tr>
      <th scope="row">
        <span class="task-name">{task.taskId}</span>
      </th>
      {columns.slice(1).map(({ id, name }) => {
        if (id === 'group') return <MinorCell key={id} text={task.group} />;
        if (id === 'difficulty') return <MinorCell key={id} text={task.difficulty} />;
        const of = trials.get(name) ?? [];
        return (
          <td key={id} class="marks">
            {of.length === 0 ? '–' : of.map((trial) => <Mark key={trial.id} trial={trial} arm={name} />)}
          </td>
        );
      })}
    </tr>
  );
}

function MinorCell({ text }: { readonly text: string | undefined }) {
  return <td class="minor">{text}</td>;
}

export const trialColumns: readonly Column[] = [
  { id: 'task', name: 'task' },
  { id: 'arm', name: 'arm' },
  { id: 'attempt', name: 'attempt', isNumber: true },
  { id: 'outcome', name: 'outcome' },
  { id: 'seconds', name: 'time', isNumber: true },
  { id: 'ttft', name: 'TTFT', isNumber: true },
  { id: 'cost', name: 'cost', isNumber: true },
  { id: 'tokens', name: 'output tokens', isNumber: true },
  { id: 'lines', name: 'lines', isNumber: true },
  { id: 'files', name: 'files', isNumber: true },
  { id: 'tools', name: 'tool calls', isNumber: true },
];

export function TrialLine({ row: { task, arm, trial } }: { readonly row: TrialRow }) {
  const known = (value: number | undefined, text: (value: number) => string) => (
    <td class="number">{value === undefined ? '–' : text(value)}</td>
  );
  return (
    <tr>
      <th scope="row">
        <a href={trialAddress(trial.id)} data-opens={trial.id}>
          {task.taskId}
        </a>
      </th>
      <td>{arm}</td>
      <td class="number">{trial.attempt}</td>
      <td>
        <Outcome trial={trial} />
      </td>
      {known(trial.seconds, secondsText)}
      {known(trial.ttftMs, millisecondsText)}
      {known(trial.costUsd, usdText)}
      {known(trial.outputTokens, wholeText)}
      {known(trial.linesChanged, wholeText)}
      {known(trial.filesChanged, wholeText)}
      {known(trial.toolCalls, wholeText)}
    </tr>
  );
}
