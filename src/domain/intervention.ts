/**
 * The user steps in while the agent works: what the order is, when it comes, and what is seen of the agent
 * afterwards. Definitions: docs/interactive.md.
 */
import { z } from 'zod';

/** When the order comes. */
export type InterventionMoment =
  /** As soon as the n-th tool call has ended. */
  | { readonly kind: 'after-tool-call'; readonly count: number }
  /** So long after the agent's start, whatever goes on then. */
  | { readonly kind: 'after-seconds'; readonly seconds: number }
  /** With the first token of the n-th answer. */
  | { readonly kind: 'during-stream'; readonly answer: number };

const momentForms = 'use "after-tool-call N", "after-seconds S" or "during-stream N"';

/** Undefined where the text is no moment. `during-stream` alone is the first answer's. */
export function parseMoment(text: string): InterventionMoment | undefined {
  const [, kind, figure] =
    /^(after-tool-call|after-seconds|during-stream)(?: (\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const number = figure === undefined ? undefined : Number(figure);
  const isCount = number !== undefined && Number.isInteger(number) && number >= 1;
  if (kind === 'after-tool-call') return isCount ? { kind, count: number } : undefined;
  if (kind === 'during-stream') {
    return number === undefined || isCount ? { kind, answer: number ?? 1 } : undefined;
  }
  return kind === 'after-seconds' && number !== undefined && number > 0
    ? { kind, seconds: number }
    : undefined;
}

const pattern = z.string().refine(isPattern, 'is not a regular expression');

const actionsSchema = z
  .strictObject({
    /** Globs of files that are edited; relative ones are taken from the working directory. */
    files: z.array(z.string().min(1)).min(1).optional(),
    /** Regular expressions, searched for in shell commands and in the lines that a patch adds. */
    commands: z.array(pattern).min(1).optional(),
  })
  .refine(({ files, commands }) => files !== undefined || commands !== undefined, {
    message: 'give "files", "commands" or both',
  });
/** Which tool calls are meant: an edit of one of the files, or a command that matches. */
export type ActionPatterns = z.infer<typeof actionsSchema>;

/** An order as a suite gives it. */
export const interventionEntrySchema = z.strictObject({
  /** The task's id in its dataset. */
  task: z.string(),
  /** Tells several interventions of one task apart, and stands in the task's id. Default: the kind. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower-case letters, digits and dashes')
    .optional(),
  at: z.string().refine((text) => parseMoment(text) !== undefined, momentForms),
  /** interrupt: stop, and only what the order says; redirect: go on with the new order. */
  kind: z.enum(['interrupt', 'redirect']),
  /** What the user says, word for word. */
  message: z.string().trim().min(1),
  follows: actionsSchema,
  stale: actionsSchema,
  /** Folder with the changed task's `tests/` and `solution/`; relative to the suite file. */
  changed: z.string(),
});
export type InterventionEntry = z.infer<typeof interventionEntrySchema>;

/** As a task carries it. */
export interface Intervention {
  readonly kind: InterventionEntry['kind'];
  readonly at: InterventionMoment;
  /** `at` as it was written. */
  readonly atText: string;
  readonly message: string;
  readonly follows: ActionPatterns;
  readonly stale: ActionPatterns;
}

const mark = z.number().int();

/** Marks in microseconds on the monotonic clock; absent where it did not come to that. */
const marksSchema = z.object({
  /** Last token of the answer before the order that arrived; may lie before the order. */
  lastOldToken: mark.optional(),
  firstNewToken: mark.optional(),
  /** Start of the first tool call that follows the order. */
  firstFollowingAction: mark.optional(),
  /** Start of the last tool call after the order that follows the old one. */
  lastStaleAction: mark.optional(),
});
export type InterventionMarks = z.infer<typeof marksSchema>;

export const interventionRecordSchema = z.object({
  kind: interventionEntrySchema.shape.kind,
  at: z.string(),
  /** as-follow-up: the agent had ended before its moment came, and got it then; never: neither came. */
  delivered: z.enum(['in-time', 'as-follow-up', 'never']),
  /**
   * new-connection: the running answer was stopped by closing its connection; next-request: nothing was
   * being streamed; steer: `response.steer`.
   */
  via: z.enum(['new-connection', 'next-request', 'steer']).optional(),
  /** When the user spoke; absent when it never came to that. */
  orderedUs: mark.optional(),
  marks: marksSchema,
  /** Tool calls that began after the order and follow the old one. */
  staleActions: z.number().int(),
  /** The simulator's own stamps of the same moments, where it answered; an action's is the end of the answer that asks for it. */
  serverStamps: marksSchema.optional(),
});
export type InterventionRecord = z.infer<typeof interventionRecordSchema>;

/**
 * Time from the order to a mark in microseconds; undefined where it did not come to that. An old answer that
 * had ended before the order took none.
 */
export function sinceOrder(record: InterventionRecord, mark: keyof InterventionMarks): number | undefined {
  const at = record.marks[mark];
  return at === undefined || record.orderedUs === undefined ? undefined : Math.max(0, at - record.orderedUs);
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false; // what the schema says of it is enough
  }
}
