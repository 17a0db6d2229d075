import { type Arm, armKey } from '../domain/arm.ts';
import { type InterventionMarks, sinceOrder } from '../domain/intervention.ts';
import type { TrialRecord } from '../domain/record.ts';
import { median } from '../statistics/percentile.ts';

const times: readonly {
  readonly mark: keyof InterventionMarks;
  readonly column: string;
  readonly label: string;
}[] = [
  { mark: 'lastOldToken', column: 'last_old_token_ms', label: 'last old token' },
  { mark: 'firstNewToken', column: 'first_new_token_ms', label: 'first new token' },
  {
    mark: 'firstFollowingAction',
    column: 'first_following_action_ms',
    label: 'first action that follows it',
  },
  { mark: 'lastStaleAction', column: 'last_stale_action_ms', label: 'last action that follows the old one' },
];

/** What trials.csv says of the user's stepping in; empty where no user did. */
export const interventionColumns: readonly {
  readonly name: string;
  readonly value: (row: TrialRecord) => string | number | undefined;
}[] = [
  { name: 'intervention', value: (row) => row.intervention?.kind },
  { name: 'intervention_at', value: (row) => row.intervention?.at },
  { name: 'intervention_delivered', value: (row) => row.intervention?.delivered },
  { name: 'intervention_via', value: (row) => row.intervention?.via },
  ...times.map(({ mark, column }) => ({
    name: column,
    value: (row: TrialRecord) => millisecondsSinceOrder(row, mark),
  })),
  { name: 'stale_actions', value: (row) => row.intervention?.staleActions },
];

type Steered = Pick<TrialRecord, 'arm' | 'intervention'>;

/** Rows for the table of a run: a label, and a cell for each arm; none where the user stepped into no trial. */
export function interventionRows(
  finals: readonly Steered[],
  arms: readonly Arm[],
  notMeasured: string | undefined,
): string[][] {
  if (finals.every(({ intervention }) => intervention === undefined)) return [];
  const byArm = arms.map((arm) => finals.filter((record) => armKey(record.arm) === armKey(arm)));
  const rows = times.map(({ mark, label }) => [
    `order until ${label}, median`,
    ...byArm.map((records) => notMeasured ?? medianText(records, mark)),
  ]);
  return [
    ['orders given in time, as follow-up, never', ...byArm.map(deliveredText)],
    ...rows,
    ['actions after the order that follow the old one', ...byArm.map(staleText)],
  ];
}

function millisecondsSinceOrder(record: Steered, mark: keyof InterventionMarks): number | undefined {
  const us = record.intervention === undefined ? undefined : sinceOrder(record.intervention, mark);
  return us === undefined ? undefined : us / 1000;
}

function medianText(records: readonly Steered[], mark: keyof InterventionMarks): string {
  const samples = records.map((record) => millisecondsSinceOrder(record, mark));
  const known = samples.filter((ms) => ms !== undefined);
  const middle = median(known);
  return middle === undefined ? '–' : `${middle.toFixed(0)} ms (n = ${known.length})`;
}

function deliveredText(records: readonly Steered[]): string {
  const count = (how: string): number =>
    records.filter(({ intervention }) => intervention?.delivered === how).length;
  return [count('in-time'), count('as-follow-up'), count('never')].join(', ');
}

function staleText(records: readonly Steered[]): string {
  const own = records.flatMap(({ intervention }) => (intervention === undefined ? [] : [intervention]));
  const total = own.reduce((sum, { staleActions }) => sum + staleActions, 0);
  const trials = own.filter(({ staleActions }) => staleActions > 0).length;
  return own.length === 0 ? '–' : `${total} (in ${trials} of ${own.length} trials)`;
}
